//! `bonafide bench kiosk`: how long a picture of a kiosk's camera takes to its answer, over HTTP.
//!
//! The server is the one of `serve`, on a book that is made for this and thrown away. The member on the photo is enrolled with it and
//! then held before two kiosks, one request after the other: at the first a card has named him, at the second he is looked for.

mod club;

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;

use axum::http::StatusCode;
use bonafide_faces::photo::to_jpeg;
use bonafide_faces::quality::QualityLimits;
use bonafide_store::keys::seal::Secret;
use bonafide_store::store::{Places, Store};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use self::club::{Club, KioskKey};
use crate::capture::{capture_file, engine, read_photo};
use crate::clock;
use crate::commands::bench_server::{BenchServer, Connection, Lost, Post, folder, unreachable_server};
use crate::failure::Failure;
use crate::output::{self, Answer};
use crate::timing::{Times, rounded};

/// The longer side of a picture of a kiosk's camera.
const FRAME_SIDE_PX: u32 = 640;

/// Pictures before the first one that counts.
const WARM_UP: u32 = 5;

/// Measure how long a picture of a kiosk's camera takes to its answer, with one face on it
///
/// Makes a book of made-up members with a face each in a folder that is deleted afterwards, and enrols the member on the photo.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  bonafide bench kiosk fixtures/photos/president/obama.jpg\n  \
                        bonafide --json bench kiosk photo.jpg --members 5000 --runs 200")]
pub struct BenchKioskArgs {
    /// A photo with one face. It becomes a picture as a kiosk's camera makes it.
    photo: PathBuf,
    /// Members with a face in the book.
    #[arg(long, value_name = "N", default_value_t = 20_000, value_parser = clap::value_parser!(u32).range(100..=1_000_000))]
    members: u32,
    /// Of them, those of the branch in which the face is looked for: more than the bound on false matches admits are not searched.
    #[arg(long, value_name = "N", default_value_t = 4_000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    group: u32,
    /// Pictures at each kiosk.
    #[arg(long, value_name = "R", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    runs: u32,
    /// The folder in which the book is made: choose the disk by it.
    #[arg(long, value_name = "DIR")]
    folder: Option<PathBuf>,
}

/// How pictures were answered.
#[derive(Debug, Serialize)]
struct Answered {
    p50_ms: f64,
    p99_ms: f64,
    /// Pictures that did not open the door.
    not_opened: u32,
}

/// The answer of `bench kiosk`.
#[derive(Debug, Serialize)]
struct BenchKioskAnswer {
    members: u32,
    runs: u32,
    /// A card had named the member, and the door demands both.
    claimed: Answered,
    /// The face was looked for among the branch's members. Alone it opens nothing here, so that the door asks for more.
    searched: Answered,
}

impl Answer for BenchKioskAnswer {
    fn text(&self) -> String {
        let line = |name: &str, answered: &Answered| {
            let Answered { p50_ms, p99_ms, not_opened } = answered;
            format!("{name:<34}{p50_ms:>10.1}{p99_ms:>10.1}{not_opened:>14}")
        };
        [
            format!("{} members with a face, {} pictures each", self.members, self.runs),
            format!(
                "{:<34}{:>10}{:>10}{:>14}",
                "from the picture to the answer", "p50 ms", "p99 ms", "not opened"
            ),
            line("named by a card", &self.claimed),
            line("looked for", &self.searched),
        ]
        .join("\n")
    }
}

/// Runs the command.
///
/// # Errors
/// When the photo has no face to enrol, the book cannot be made, or the server cannot be reached.
pub fn run(args: &BenchKioskArgs, json: bool) -> Result<(), Failure> {
    let own = capture_file(&engine(NonZeroUsize::MIN)?, &args.photo, &QualityLimits::RECOGNITION)?.template;
    let frame = to_jpeg(&read_photo(&args.photo)?, FRAME_SIDE_PX)
        .map_err(|why| Failure::new("photo_not_written", why.to_string()))?;
    let folder = folder(args.folder.as_deref())?;
    let key = Secret::KeyFile(Zeroizing::new(vec![7; 32]));
    let store = Arc::new(Store::open(&Places::in_folder(folder.path()), &key, clock::now_us())?);
    let club = club::fill(&store, (args.members, args.group), &own)?;
    let server = BenchServer::start(store)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Failure::new("io", error.to_string()))?;
    let measured = runtime.block_on(async {
        let mut connection = Connection::open(server.address).await?;
        let Club { claiming, searching, card } = &club;
        let claimed = pictures(&mut connection, (claiming, Some(card)), &frame, args.runs).await?;
        let searched = pictures(&mut connection, (searching, None), &frame, args.runs).await?;
        Ok::<_, Lost>((claimed, searched))
    });
    server.stop();
    let (claimed, searched) = measured.map_err(|why| unreachable_server(&*why))?;
    output::print(&BenchKioskAnswer { members: args.members, runs: args.runs, claimed, searched }, json)
}

#[derive(Deserialize)]
struct Begun {
    r#try: String,
}

#[derive(Deserialize)]
struct Screen {
    open: bool,
}

/// One person after the other, each with one picture.
async fn pictures(
    connection: &mut Connection,
    (key, card): (&KioskKey, Option<&String>),
    frame: &[u8],
    runs: u32,
) -> Result<Answered, Lost> {
    let authorization = format!("Bearer {}", *key.0);
    let (mut times, mut not_opened) = (Times::default(), 0);
    for run in 0..WARM_UP + runs {
        let json = |path| Post { path, authorization: &authorization, kind: "application/json" };
        let (_, begun) = connection.post(json("/kiosk/tries"), "{}").await?;
        let Begun { r#try: id } = serde_json::from_slice(&begun)?;
        if let Some(card) = card {
            let path = format!("/kiosk/tries/{id}/things");
            connection.post(json(&path), format!(r#"{{"text":"{card}"}}"#)).await?;
        }
        let path = format!("/kiosk/tries/{id}/frames");
        let post = Post { path: &path, authorization: &authorization, kind: "image/jpeg" };
        let picture = frame.to_vec();
        let begun = std::time::Instant::now();
        let (status, screen) = connection.post(post, picture).await?;
        let took_ms = begun.elapsed().as_secs_f64() * 1e3;
        if status != StatusCode::OK {
            return Err(format!("{status}: {}", String::from_utf8_lossy(&screen)).into());
        }
        let screen: Screen = serde_json::from_slice(&screen)?;
        if run >= WARM_UP {
            times.push_ms(took_ms);
            not_opened += u32::from(!screen.open);
        }
    }
    let at = |share| rounded(times.at(share).unwrap_or_default());
    Ok(Answered { p50_ms: at(0.5), p99_ms: at(0.99), not_opened })
}
