//! Letters ahead of points that come to nothing, on the days of the programme's rules: to members whose e-mail address is known, and by
//! nothing that costs the house money. Everybody else sees it on his card and hears it at the till.

use bonafide_domain::calendar::{Calendar, UtcMicros};
use bonafide_domain::profile::EmailAddress;
use bonafide_store::id::Id;
use bonafide_store::ledger::warnings::{self, Due};
use bonafide_store::members::{self, Member};
use zeroize::Zeroizing;

use crate::failure::Failure;
use crate::senders::{Address, Message, NotTaken};
use crate::server::app::App;
use crate::texts::Values;

/// Letters of one round at most: other chores wait for them.
const LETTERS_AT_ONCE: usize = 5;

/// The hours in which letters go out, by the clock of the programme's first branch: nobody is woken by one.
const HOURS: std::ops::Range<u16> = 9..20;

/// What became of a warning.
enum Told {
    /// A letter is on its way, or was refused for good.
    Yes,
    /// Nobody is to be told, or somebody else does it.
    NotNeeded,
    /// The mail server takes none now.
    NotNow(NotTaken),
}

/// Walks through the wallets for warnings that are due, some in each round.
pub(super) fn expiry_warnings(app: &App) -> Result<(), Failure> {
    if app.senders.email.is_none() {
        return Ok(());
    }
    let acting = app.acting();
    let Some(after) = app.warnings.next(acting.now_us) else { return Ok(()) };
    let walked = app.store.read(|tx| warnings::due(tx, &acting, after))?;
    let mut letters = 0;
    for due in walked.due.iter().filter(|due| is_day(acting.now_us, &due.calendar)) {
        if letters == LETTERS_AT_ONCE {
            app.warnings.walked(acting.now_us, after);
            return Ok(());
        }
        match tell(app, due)? {
            Told::Yes => letters += 1,
            Told::NotNeeded => {}
            Told::NotNow(why) => {
                tracing::warn!(why = why.key(), "letters about points that end wait for an hour");
                app.warnings.rests(acting.now_us, after);
                return Ok(());
            }
        }
    }
    app.warnings.walked(acting.now_us, walked.after);
    Ok(())
}

fn is_day(now_us: i64, calendar: &Calendar) -> bool {
    UtcMicros::parse(now_us).is_ok_and(|now| HOURS.contains(&(calendar.wall_clock(now).minute_of_day / 60)))
}

/// Notes the warning and sends its letter.
fn tell(app: &App, due: &Due) -> Result<Told, Failure> {
    let member = app.store.read(|tx| members::get(tx, app.store.vault(), due.member))?;
    let Some(member) = member.filter(|member| member.merged_into.is_none()) else {
        return Ok(Told::NotNeeded);
    };
    let Some(email) = member.profile.emails.first() else { return Ok(Told::NotNeeded) };
    let (acting, noted) = (app.acting(), due.clone());
    let is_first = app.store.write(move |work| Ok(Ok::<bool, ()>(warnings::note(work, &acting, &noted)?)))?;
    if is_first != Ok(true) {
        return Ok(Told::NotNeeded);
    }
    let Err(why) = app.senders.send(&letter(app, due, &member, email)?) else { return Ok(Told::Yes) };
    match why {
        NotTaken::NoSender
        | NotTaken::Busy
        | NotTaken::Unreachable
        | NotTaken::NotSafe
        | NotTaken::BadKey => {
            let (acting, noted) = (app.acting(), due.clone());
            let forgotten =
                app.store.write(move |work| Ok(Ok::<(), ()>(warnings::forget(work, &acting, &noted)?)))?;
            forgotten.map_err(|()| Failure::new("panic", "a warning was refused"))?;
            Ok(Told::NotNow(why))
        }
        // It may have gone out, so that it is not written again; and the chores behind this one wait for no further time-out.
        NotTaken::TimedOut => Ok(Told::NotNow(why)),
        // A bad address stays bad.
        NotTaken::Refused(_) | NotTaken::OtherAnswer | NotTaken::BadAddress => {
            tracing::warn!(why = why.key(), "a letter about points that end was not taken");
            Ok(Told::Yes)
        }
    }
}

fn letter(app: &App, due: &Due, member: &Member, email: &EmailAddress) -> Result<Message, Failure> {
    let words = app.texts.of(member.profile.language.unwrap_or(due.language));
    let points = |number: u64| words.say_with("points-count", &Values::default().number("count", number));
    let date = words.numbers.date(due.calendar.date_of(due.ends));
    let (ending, spendable) = (points(due.points), points(due.spendable));
    let values = Values::of("points", &ending).and("date", &date).and("programme", &due.programme);
    Ok(Message {
        operation: Id::new(app.acting().now_us)?,
        to: Address::Email(email.clone()),
        subject: words.say_with("points-end-subject", &values),
        text: Zeroizing::new(words.say_with("points-end-text", &values.and("spendable", &spendable))),
    })
}
