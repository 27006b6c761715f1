//! `bonafide demo`: a made-up chain in a folder of its own, served, with live traffic at its doors.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bonafide_domain::plain_text::Title;
use bonafide_store::audit::entry::{Acting, Actor};
use bonafide_store::organisation::branch;
use bonafide_store::staff::{self, Employee, Role, SignInName};
use bonafide_store::store::{Places, Store};
use zeroize::Zeroizing;

use crate::clock;
use crate::commands::serve::{AddressArgs, Serving, serve};
use crate::demo::doors::Doors;
use crate::demo::folder::DemoFolder;
use crate::demo::{self, sandbox, traffic};
use crate::failure::Failure;
use crate::key::{KeyArgs, KeyUse};
use crate::new_file::NewFile;
use crate::progress;
use crate::providers::Provider;
use crate::providers::settings::{Decides, ProviderSettings};
use crate::providers::simulator::{Behaviour, Simulator};
use crate::server::app::{App, Setting};
use crate::server::passwords;

/// What everybody of the demo signs in with. It protects nobody: the folder is made up.
const PASSWORD: &str = "bonafide demo";

/// Who works in the demo: the name to sign in with, the name that others see, the role.
const STAFF: [(&str, &str, Role); 4] = [
    ("owner", "Olga, the owner", Role::Owner),
    ("manager", "Max, the manager", Role::Manager),
    ("desk", "Rita at the desk", Role::Receptionist),
    ("till", "Karl at the till", Role::Cashier),
];

/// Show a made-up chain: two clubs, a salon and a shop with members, months of history and live traffic at the doors. Everything is
/// in one folder, which nobody else may use; a second start goes on where the first one ended.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  bonafide demo --data demo-data --port 8080")]
pub struct DemoArgs {
    /// The folder of the demo: a new one, or that of a demo.
    #[arg(long, value_name = "DIR", default_value = "demo-data")]
    data: PathBuf,
    #[command(flatten)]
    address: AddressArgs,
    /// How many members are made.
    #[arg(long, value_name = "NUMBER", default_value_t = demo::MEMBERS, value_parser = members)]
    members: usize,
    /// What chance is drawn from: the same number makes the same people.
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    seed: u64,
    /// The folder with the photos of the repository; without them nobody of the demo has a face.
    #[arg(long, value_name = "DIR", default_value = "fixtures/photos")]
    photos: PathBuf,
}

fn members(text: &str) -> Result<usize, String> {
    let members = text.parse().map_err(|_| "a number is asked for".to_owned())?;
    if (100..=100_000).contains(&members) { Ok(members) } else { Err("100 to 100000 members".to_owned()) }
}

/// Runs the command until it is told to stop.
///
/// # Errors
/// `not_a_demo` when the folder has something else in it, and whatever making, opening or listening fails with.
pub fn run(args: &DemoArgs, json: bool) -> Result<(), Failure> {
    let mut folder = DemoFolder::take(&args.data)?;
    let purpose = if folder.is_finished() { KeyUse::Open } else { KeyUse::Create };
    let secret = KeyArgs { key_file: Some(folder.key_file()) }.book_secret(purpose)?;
    let store = Arc::new(Store::open(&Places::in_folder(&args.data), &secret, clock::now_us())?);
    if !folder.is_finished() {
        args.make(&store)?;
        make_sandbox(&store, &folder.sandbox_file())?;
        folder.finish()?;
    }
    let setting = Setting { is_secure: false, set_up_code: None, is_demo: true };
    let (_simulator, provider) = provider()?;
    let app = App::new(Arc::clone(&store), setting)?.with_provider(Some(provider));
    let app = Arc::new(app);
    let _traffic = traffic::start(Arc::clone(&store), Doors::Here(Arc::clone(&store)), args.seed)?;
    let names: Vec<&str> = STAFF.iter().map(|(name, ..)| *name).collect();
    let mut greeting = vec![format!("sign in as {} with the password: {PASSWORD}", names.join(", "))];
    // One that an older version made has none.
    let sandbox = folder.sandbox_file();
    if sandbox.is_file() {
        let at = sandbox.display();
        greeting.push(format!("for programs of tills, a key and customers to try (docs/tills.md): {at}"));
    }
    let address = SocketAddr::new(args.address.listen, args.address.port);
    serve(Serving { app, address, tls: None, greeting }, json, |_| Ok(()))
}

/// Makes what a vendor of tills needs, and writes down how he gets at it.
fn make_sandbox(store: &Store, path: &Path) -> Result<(), Failure> {
    let sandbox = sandbox::open(store, clock::now_us())?;
    let text =
        serde_json::to_vec_pretty(&sandbox).map_err(|error| Failure::new("broken", error.to_string()))?;
    let mut file = NewFile::begin(path, true)?;
    file.write(&text)?;
    file.finish().map(drop)
}

/// The provider that the Russian club asks about faces: it believes whoever is named to it, and knows nobody who is not.
fn provider() -> Result<(Simulator, Provider), Failure> {
    let mut key = [0_u8; 16];
    getrandom::fill(&mut key).map_err(|error| Failure::new("no_randomness", error.to_string()))?;
    let key = Zeroizing::new(key.iter().map(|byte| format!("{byte:02x}")).collect::<String>());
    let simulator = Simulator::start(&key)?;
    simulator.behave(Behaviour::Believing);
    let settings = ProviderSettings {
        name: "Demo Biometrics".to_owned(),
        url: simulator.url().to_owned(),
        key_file: PathBuf::new(),
        time_out_ms: 1_500,
        decides: vec![Decides::Face],
        alone: false,
    };
    let provider = Provider::new(&settings, key)?;
    Ok((simulator, provider))
}

impl DemoArgs {
    /// Makes the chain with its history, the faces, and those who work there.
    fn make(&self, store: &Store) -> Result<(), Failure> {
        let plan = demo::Plan { now_us: clock::now_us(), seed: self.seed, members: self.members };
        let bar = progress::bar("making the demo", 1);
        demo::make(store, &plan, |done, total| {
            bar.set_length(total as u64);
            bar.set_position(done as u64);
        })?;
        bar.finish_and_clear();
        if self.photos.is_dir() {
            demo::faces::enrol(store, &self.photos, plan.now_us, self.seed)?;
        }
        let home = store.read(|tx| branch::list(tx, false))?.first().map(|branch| branch.content.language);
        let language = home.map_or("en", |language| language.code());
        let hash = passwords::hash(PASSWORD)?;
        for (sign_in, name, role) in STAFF {
            let bad = |_| Failure::new("demo_refused", format!("{sign_in} is no name"));
            let employee = Employee {
                sign_in: SignInName::parse(sign_in).map_err(|_| Failure::new("demo_refused", sign_in))?,
                name: Title::parse(name).map_err(bad)?,
                role,
                branch: None,
                language: if role == Role::Owner { "en" } else { language }.to_owned(),
            };
            let (acting, hash) = (acting(), hash.clone());
            let added = store.write(move |work| staff::add(work, &acting, &employee, &hash))?;
            added.map_err(|why| Failure::new("demo_refused", format!("{sign_in}: {why:?}")))?;
        }
        Ok(())
    }
}

fn acting() -> Acting {
    Acting { actor: Actor::Program, origin: "demo".to_owned(), now_us: clock::now_us() }
}
