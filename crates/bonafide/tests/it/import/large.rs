//! A list of a hundred thousand members. No time is asserted: it is printed.

use std::time::Instant;

use bonafide::import::survey::Wishes;

use super::import;
use super::salon::{self, Put, text};

const MEMBERS: u32 = 100_000;

fn large_rows() -> Vec<Vec<Put>> {
    let header = ["ФИО", "Телефон", "E-mail", "Дата рождения", "Карта", "Баллы", "Адрес", "Примечание"];
    let mut rows: Vec<Vec<Put>> = vec![header.iter().map(|cell| text(cell)).collect()];
    for number in 0..MEMBERS {
        let phone = format!(
            "8 (9{:02}) {:03}-{:02}-{:02}",
            number / 10_000 + 10,
            number / 100 % 100 + 300,
            number % 100,
            7
        );
        rows.push(vec![
            text(&format!("{} Анна Петровна", family(number))),
            text(&phone),
            text(&format!("anna{number}@example.com")),
            text(&format!("{:02}.{:02}.{}", number % 28 + 1, number % 12 + 1, 1950 + number % 50)),
            Put::Number(f64::from(100_000 + number)),
            text(&format!("{},50", number % 5_000)),
            text(&format!("г. Казань, ул. Лесная, д. {}, кв. {}", number % 90 + 1, number % 200 + 1)),
            text(if number % 4 == 0 {
                "окрашивание; предпочитает утро"
            } else {
                ""
            }),
        ]);
    }
    rows
}

/// A family name for each number.
fn family(number: u32) -> String {
    const SYLLABLES: [&str; 20] = [
        "ба", "ве", "го", "ди", "жу", "за", "ки", "ло", "ми", "не", "по", "ру", "са", "те", "фи", "хо", "ца",
        "че", "ши", "эм",
    ];
    let syllables = [8_000, 400, 20, 1].map(|unit| SYLLABLES[(number / unit % 20) as usize]);
    format!("Ив{}нова", syllables.concat())
}

fn check(name: &str, file: &[u8]) {
    let file_bytes = file.len();
    let started = Instant::now();
    let mut counts = None;
    let memory = allocation_counter::measure(|| {
        let import = import(file.to_vec(), &Wishes::default()).unwrap();
        counts = Some((import.counts.members, import.counts.held_back, import.counts.duplicates));
    });
    println!(
        "{name}: {file_bytes} bytes, {:?}, peak {} MiB (with all rows kept)",
        started.elapsed(),
        memory.bytes_max >> 20
    );
    assert_eq!(counts, Some((MEMBERS, 0, 0)));
}

#[test]
fn a_hundred_thousand_rows_are_read_from_csv() {
    let csv = salon::csv_text(&large_rows());
    let (bytes, _, _) = encoding_rs::WINDOWS_1251.encode(&csv);
    check("CSV in Windows-1251", &bytes);
}

#[test]
fn a_hundred_thousand_rows_are_read_from_xlsx() {
    let (sheet, strings) = salon::sheet_xml(&large_rows(), "");
    check("xlsx", &salon::workbook(&[("Клиенты", false, sheet)], &strings));
}
