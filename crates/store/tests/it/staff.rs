//! Who works here and who is signed in, on both engines.

use bonafide_store::id::Id;
use bonafide_store::organisation::branch;
use bonafide_store::staff::session::{self, SESSION_US, SESSIONS_MAX, Token};
use bonafide_store::staff::{self, Employee, EmployeeRefusal, Role, SignInName};
use bonafide_store::store::Store;

use bonafide_store::audit::entry::Acting;
use bonafide_store::fault::Fault;
use bonafide_store::store::Work;

use crate::club::{acting, done, id, moscow, title, wrote};
use crate::engines::{NOW_US, on_both};

const HASH: &str = "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0$hash";

fn anna() -> Employee {
    Employee {
        sign_in: SignInName::parse(" Anna@Club ").unwrap(),
        name: title("Anna at the desk"),
        role: Role::Receptionist,
        branch: None,
        language: "ru".to_owned(),
    }
}

/// Somebody at the till.
pub(crate) fn cashier(store: &Store) -> Id {
    add(store, anna())
}

fn owner() -> Employee {
    Employee { sign_in: SignInName::parse("boss").unwrap(), role: Role::Owner, ..anna() }
}

fn refused<T: Send + 'static, R: Send + 'static>(
    store: &Store,
    work: impl FnMut(&mut Work<'_, '_>) -> Result<Result<T, R>, Fault> + Send + 'static,
) -> R {
    match store.write(work).unwrap() {
        Ok(_) => panic!("it was done"),
        Err(refusal) => refusal,
    }
}

fn acting_at(now_us: i64) -> Acting {
    Acting { now_us, ..acting() }
}

fn add(store: &Store, employee: Employee) -> Id {
    done(store, move |work| staff::add(work, &acting(), &employee, HASH))
}

fn holder(store: &Store, token: &Token, now_us: i64) -> Option<Role> {
    store.read(|tx| session::holder(tx, token, now_us)).unwrap().map(|kept| kept.content.role)
}

#[test]
fn an_employee_is_known_by_the_name_to_sign_in_with_and_names_are_taken_once() {
    on_both(|engine| {
        let store = engine.open();
        assert!(store.read(staff::is_nobody).unwrap());
        let arbat = wrote(&store, |work| branch::add(work, &acting(), &moscow()));
        let at_arbat = Employee { branch: Some(arbat), ..anna() };
        let employee = add(&store, at_arbat.clone());
        assert!(!store.read(staff::is_nobody).unwrap());
        assert_eq!(store.read(|tx| staff::get(tx, employee)).unwrap().unwrap().content, at_arbat);
        let name = SignInName::parse("ANNA@CLUB").unwrap();
        assert_eq!(
            store.read(|tx| staff::of_sign_in(tx, &name)).unwrap(),
            Some((employee, HASH.to_owned())),
            "{}",
            engine.name
        );
        for (wrong, refusal) in [
            (anna(), EmployeeRefusal::NameTaken),
            (Employee { branch: Some(id(9)), ..owner() }, EmployeeRefusal::NoBranch),
        ] {
            let told = refused(&store, move |work| staff::add(work, &acting(), &wrong, HASH));
            assert_eq!(told, refusal, "{}", engine.name);
        }
        for bad in ["", " ", "a b", "a\u{7}b", &"x".repeat(61)] {
            assert!(SignInName::parse(bad).is_err(), "{bad:?}");
        }
    });
}

#[test]
fn s01_who_has_left_is_nobody_at_once_and_s02_a_lowered_role_holds_from_the_next_request() {
    on_both(|engine| {
        let store = engine.open();
        let (boss, employee) = (add(&store, owner()), add(&store, anna()));
        let token = wrote(&store, move |work| session::begin(work, &acting(), employee));
        assert_eq!(holder(&store, &token, NOW_US), Some(Role::Receptionist));
        assert_eq!(holder(&store, &Token::of([7; 32]), NOW_US), None);
        assert_eq!(holder(&store, &token, NOW_US + SESSION_US), None, "{}", engine.name);

        let lowered = Employee { role: Role::Cashier, ..anna() };
        done(&store, move |work| staff::change(work, &acting(), employee, &lowered));
        assert_eq!(holder(&store, &token, NOW_US), Some(Role::Cashier), "{}", engine.name);

        done(&store, move |work| staff::leave(work, &acting(), employee));
        done(&store, move |work| staff::leave(work, &acting(), employee));
        assert_eq!(holder(&store, &token, NOW_US), None, "{}", engine.name);
        assert_eq!(store.read(|tx| staff::of_sign_in(tx, &anna().sign_in)).unwrap(), None);
        assert_eq!(store.read(|tx| staff::list(tx, false)).unwrap().len(), 1);
        assert_eq!(store.read(|tx| staff::list(tx, true)).unwrap().len(), 2);

        for _ in 0..2 {
            done(&store, move |work| staff::come_back(work, &acting(), employee));
        }
        assert_eq!(holder(&store, &token, NOW_US), None, "{}: a session that is over stays so", engine.name);
        let back = store.read(|tx| staff::of_sign_in(tx, &anna().sign_in)).unwrap();
        assert_eq!(back, Some((employee, HASH.to_owned())), "{}", engine.name);
        let unknown = refused(&store, |work| staff::come_back(work, &acting(), id(9)));
        assert_eq!(unknown, EmployeeRefusal::NotFound);
        done(&store, move |work| staff::leave(work, &acting(), employee));

        let last = refused(&store, move |work| staff::leave(work, &acting(), boss));
        assert_eq!(last, EmployeeRefusal::LastOwner, "{}", engine.name);
        let lower = Employee { role: Role::Manager, ..owner() };
        let last = refused(&store, move |work| staff::change(work, &acting(), boss, &lower));
        assert_eq!(last, EmployeeRefusal::LastOwner, "{}", engine.name);
    });
}

#[test]
fn w09_each_sign_in_has_a_token_of_its_own_and_a_new_password_ends_them_all() {
    on_both(|engine| {
        let store = engine.open();
        let employee = add(&store, anna());
        let begin =
            |at: i64| wrote(&store, move |work| session::begin(work, &acting_at(NOW_US + at), employee));
        let tokens: Vec<Token> = (0..=i64::from(SESSIONS_MAX)).map(begin).collect();
        assert_eq!(holder(&store, &tokens[0], NOW_US), None, "{}: the oldest goes", engine.name);
        assert_eq!(holder(&store, &tokens[1], NOW_US), Some(Role::Receptionist), "{}", engine.name);
        let token = tokens[1].clone();
        wrote(&store, move |work| session::end(work, &token));
        assert_eq!(holder(&store, &tokens[1], NOW_US), None, "{}", engine.name);
        done(&store, move |work| staff::set_password(work, &acting(), employee, "other"));
        assert_eq!(holder(&store, &tokens[2], NOW_US), None, "{}", engine.name);
        let unknown = refused(&store, move |work| staff::set_password(work, &acting(), id(9), "other"));
        assert_eq!(unknown, bonafide_store::organisation::NotFound);
    });
}

#[test]
fn sessions_that_are_over_are_forgotten_and_the_others_stay() {
    on_both(|engine| {
        let store = engine.open();
        let anna = done(&store, |work| staff::add(work, &acting(), &anna(), HASH));
        let at = |now_us| Acting { now_us, ..acting() };
        let old = wrote(&store, move |work| session::begin(work, &at(NOW_US), anna));
        let new = wrote(&store, move |work| session::begin(work, &at(NOW_US + SESSION_US / 2), anna));
        for (now_us, swept) in
            [(NOW_US + SESSION_US - 1, 0), (NOW_US + SESSION_US, 1), (NOW_US + SESSION_US, 0)]
        {
            assert_eq!(wrote(&store, move |work| session::sweep(work.tx, now_us)), swept, "{}", engine.name);
        }
        let holder =
            |token: &Token| store.read(|tx| session::holder(tx, token, NOW_US + SESSION_US)).unwrap();
        assert!(holder(&old).is_none() && holder(&new).is_some(), "{}", engine.name);
    });
}
