//! What the index of a million members costs and how fast it answers:
//! `cargo run --release -p bonafide-store --example name_search [members]`.
#![allow(clippy::print_stdout, reason = "a program for the terminal")]

use std::error::Error;
use std::hint::black_box;
use std::time::Instant;

use bonafide_store::search::{Entry, MemberIndex, MemberOutOfRange, NameQuery, NumberEnd};
use bonafide_testkit::dice::Dice;
use bonafide_testkit::people::{People, Person, Script};

/// As in the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const SEED: u64 = 1;
const QUERIES: usize = 1_000;
const LIMIT: usize = 20;
const BATCH: usize = 4_000;

fn main() -> Result<(), Box<dyn Error>> {
    let members = std::env::args().nth(1).map(|text| text.parse::<u32>()).transpose()?.unwrap_or(1_000_000);
    let all = People::new(SEED);
    let people: Vec<Person> = (0..members).map(|member| all.person(member.into())).collect();
    for threads in [1, 2] {
        let before = resident_bytes()?;
        let (start, worked_before_ms) = (Instant::now(), processor_ms()?);
        let index = build(&people, threads)?;
        let seconds = start.elapsed().as_secs_f64();
        println!("{members} members, {} different words", index.words());
        println!(
            "  built by {threads} thread(s) in {seconds:.2} s, {:.2} s of processor",
            (processor_ms()? - worked_before_ms) / 1e3
        );
        println!("  {:.1} MiB counted", mebibytes(index.heap_bytes()));
        // The second index is built in the memory of the first.
        if threads == 1 {
            println!("  {:.1} MiB resident", mebibytes(resident_bytes()? - before));
        }
        if threads == 2 {
            searches(&index, &people)?;
            waits(&index, &people)?;
        }
    }
    Ok(())
}

fn mebibytes(bytes: usize) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}

/// What the processors have worked for this process. Beside other work this is the time that counts.
fn processor_ms() -> std::io::Result<f64> {
    const TICK_MS: f64 = 10.0;
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    // The 14th and the 15th field, counted behind the process's name, which is the second and ends with a bracket.
    let fields = stat.rsplit(')').next().into_iter().flat_map(str::split_whitespace).skip(11).take(2);
    Ok(fields.filter_map(|field| field.parse::<f64>().ok()).sum::<f64>() * TICK_MS)
}

/// What the system has given to the process.
fn resident_bytes() -> std::io::Result<usize> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kibibytes = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<usize>().ok());
    Ok(kibibytes.map_or(0, |kibibytes| kibibytes * 1024))
}

fn build(people: &[Person], threads: usize) -> Result<MemberIndex, Box<dyn Error>> {
    let index = MemberIndex::new();
    let insert = |first: usize| -> Result<(), MemberOutOfRange> {
        for batch in people.chunks(BATCH).enumerate().skip(first).step_by(threads) {
            fill(&index, BATCH * batch.0, batch.1)?;
        }
        Ok(())
    };
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|first| scope.spawn(move || insert(first))).collect();
        workers.into_iter().try_for_each(|worker| worker.join().expect("a worker does not panic"))
    })?;
    Ok(index)
}

fn fill(index: &MemberIndex, first: usize, people: &[Person]) -> Result<(), MemberOutOfRange> {
    let names: Vec<[&str; 2]> =
        people.iter().map(|person| [person.full_name.as_str(), person.phone.as_str()]).collect();
    let mut entries = Vec::with_capacity(people.len());
    for (member, [name, number]) in (first..).zip(&names) {
        let (names, numbers) = (std::slice::from_ref(name), std::slice::from_ref(number));
        entries.push((member as u32, Entry { names, numbers, rank: rank(member) }));
    }
    index.upsert_all(&entries)
}

fn rank(member: usize) -> u32 {
    Dice::new(member as u64).roll(10_000) as u32
}

fn upsert(index: &MemberIndex, people: &[Person], member: usize) -> Result<(), MemberOutOfRange> {
    let person = &people[member];
    let entry = Entry { names: &[&person.full_name], numbers: &[&person.phone], rank: rank(member) };
    index.upsert(member as u32, &entry)
}

/// Queries that people type, made of the names of members.
fn searches(index: &MemberIndex, people: &[Person]) -> Result<(), Box<dyn Error>> {
    let mut dice = Dice::new(SEED + 1);
    let mut of = |script: Script, make: &mut dyn FnMut(&mut Dice, &str) -> String| -> Vec<String> {
        let mut texts = Vec::with_capacity(QUERIES);
        while texts.len() < QUERIES {
            let person = dice.pick(people);
            if person.script == script {
                texts.push(make(&mut dice, &person.full_name));
            }
        }
        texts
    };
    let start = |letters: usize, name: &str| name.chars().take(letters).collect::<String>();
    let kinds = [
        ("Russian, whole name", of(Script::Russian, &mut |_, name| name.to_owned())),
        ("English, whole name", of(Script::English, &mut |_, name| name.to_owned())),
        ("Chinese, whole name", of(Script::Chinese, &mut |_, name| name.to_owned())),
        ("Russian, two letters", of(Script::Russian, &mut |_, name| start(2, name))),
        ("Russian, four letters", of(Script::Russian, &mut |_, name| start(4, name))),
        ("Russian, surname", of(Script::Russian, &mut |_, name| words(name)[0].to_owned())),
        (
            "Russian, two beginnings",
            of(Script::Russian, &mut |_, name| {
                words(name)[..2].iter().map(|word| start(3, word)).collect::<Vec<_>>().join(" ")
            }),
        ),
        (
            "Russian, surname and initials",
            of(Script::Russian, &mut |_, name| {
                let words = words(name);
                format!("{} {}. {}.", words[0], start(1, words[1]), start(1, words[2]))
            }),
        ),
        (
            "Russian, a wrong letter",
            of(Script::Russian, &mut |dice, name| misspelled(dice, words(name)[0], 1)),
        ),
        ("English, a wrong letter", of(Script::English, &mut |dice, name| misspelled(dice, name, 1))),
        (
            "Russian, two wrong, whole name",
            of(Script::Russian, &mut |dice, name| {
                words(name).iter().map(|word| misspelled(dice, word, 2)).collect::<Vec<_>>().join(" ")
            }),
        ),
        (
            "English, two letters twice",
            of(Script::English, &mut |_, name| {
                words(name).iter().take(2).map(|word| start(2, word)).collect::<Vec<_>>().join(" ")
            }),
        ),
        ("Chinese, given name", of(Script::Chinese, &mut |_, name| name.chars().skip(1).collect())),
        ("Chinese, one character", of(Script::Chinese, &mut |_, name| start(1, name))),
        ("nobody, four words", vec!["Qzzyx Wvvkq Xqqjh Zwwpk".to_owned(); 50]),
    ];
    for (kind, texts) in &kinds {
        report(index, kind, texts)?;
    }
    for (kind, syllables) in [("pinyin, whole name", false), ("pinyin, by syllables", true)] {
        let texts: Vec<String> = (0..QUERIES).map(|_| pinyin(&mut dice, syllables)).collect();
        report(index, kind, &texts)?;
    }
    let ends = (0..QUERIES).map(|_| dice.pick(people).phone[8..].to_owned());
    let ends = ends.map(|end| NumberEnd::parse(&end[end.len() - 4..])).collect::<Result<Vec<_>, _>>()?;
    let times = ends.iter().map(|end| once_ms(|| black_box(index.by_number_end(end, LIMIT)).len()));
    print_times("end of a number, four digits", times.collect());
    Ok(())
}

fn words(name: &str) -> Vec<&str> {
    name.split(' ').collect()
}

/// Some letters replaced, none of them the first.
fn misspelled(dice: &mut Dice, word: &str, letters: usize) -> String {
    let mut chars: Vec<char> = word.chars().collect();
    for _ in 0..letters {
        let at = 1 + dice.roll(chars.len() as u64 - 1) as usize;
        chars[at] = *dice.pick(&chars);
    }
    chars.into_iter().collect()
}

fn pinyin(dice: &mut Dice, syllables: bool) -> String {
    const SURNAMES: [&str; 12] =
        ["wang", "li", "zhang", "liu", "chen", "yang", "huang", "zhao", "wu", "zhou", "zeng", "xie"];
    const GIVEN: [&str; 16] = [
        "wei", "fang", "na", "min", "jing", "li", "qiang", "lei", "jun", "yang", "yong", "yan", "jie",
        "juan", "tao", "ming",
    ];
    let (surname, first, second) = (dice.pick(&SURNAMES), dice.pick(&GIVEN), dice.pick(&GIVEN));
    if syllables { format!("{surname} {first} {second}") } else { format!("{surname} {first}{second}") }
}

fn report(index: &MemberIndex, kind: &str, texts: &[String]) -> Result<(), Box<dyn Error>> {
    let mut found = 0;
    let mut times_ms = Vec::with_capacity(texts.len());
    let worked_before_ms = processor_ms()?;
    let mut quiet_ms = Vec::with_capacity(texts.len());
    for text in texts {
        let mut search = || {
            once_ms(|| {
                let query = NameQuery::parse(text);
                let answer = query.map(|query| index.by_name(&query, LIMIT).len());
                found += usize::from(answer.as_ref().is_ok_and(|found| *found > 0));
                answer.unwrap_or(0)
            })
        };
        // The first time of each query counts. The fastest of three is what is left of it when nothing else runs.
        let times = [search(), search(), search()];
        times_ms.push(times[0]);
        quiet_ms.push(times.into_iter().fold(f64::INFINITY, f64::min));
    }
    print_times(kind, times_ms);
    print_times("    fastest of three", quiet_ms);
    let each_ms = (processor_ms()? - worked_before_ms) / (3 * texts.len()) as f64;
    println!("      {each_ms:.3} ms of processor each; {} of {} found somebody", found / 3, texts.len());
    Ok(())
}

fn once_ms(work: impl FnOnce() -> usize) -> f64 {
    let start = Instant::now();
    black_box(work());
    start.elapsed().as_secs_f64() * 1e3
}

fn print_times(kind: &str, mut times_ms: Vec<f64>) {
    times_ms.sort_by(f64::total_cmp);
    let rank = |share: f64| times_ms[((times_ms.len() - 1) as f64 * share) as usize];
    println!("  {kind:32} p50 {:8.3} ms, p99 {:8.3} ms, longest {:8.3} ms", rank(0.5), rank(0.99), rank(1.0));
}

/// How long changes take, and searches beside them: another thread removes and adds members without a pause.
fn waits(index: &MemberIndex, people: &[Person]) -> Result<(), Box<dyn Error>> {
    let mut dice = Dice::new(SEED + 2);
    let mut times_ms = Vec::new();
    for _ in 0..2_000 {
        let member = dice.roll(people.len() as u64) as usize;
        times_ms.push(once_ms(|| usize::from(index.remove(member as u32))));
        let start = Instant::now();
        upsert(index, people, member)?;
        times_ms.push(start.elapsed().as_secs_f64() * 1e3);
    }
    print_times("a change, alone", times_ms);
    let done = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        let changes = scope.spawn(|| {
            let mut times_ms = Vec::new();
            while !done.load(std::sync::atomic::Ordering::Relaxed) {
                let member = dice.roll(people.len() as u64) as usize;
                times_ms.push(once_ms(|| usize::from(index.remove(member as u32))));
                times_ms.push(once_ms(|| usize::from(upsert(index, people, member).is_ok())));
            }
            times_ms
        });
        let mut dice = Dice::new(SEED + 3);
        let mut times_ms = Vec::new();
        for _ in 0..QUERIES {
            let name = words(&dice.pick(people).full_name)[0].to_owned();
            times_ms.push(once_ms(|| {
                NameQuery::parse(&name).map_or(0, |query| index.by_name(&query, LIMIT).len())
            }));
        }
        done.store(true, std::sync::atomic::Ordering::Relaxed);
        print_times("first word, during changes", times_ms);
        print_times("a change, during searches", changes.join().expect("the changes do not panic"));
    });
    Ok(())
}
