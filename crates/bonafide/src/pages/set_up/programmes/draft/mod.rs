//! Rules as a form, and a form as rules. Rows come and go: a list of hidden fields names the rows that there are, by a number that a
//! row keeps as long as it is there, and all fields of a row begin with it. The number of a rule is its name in the programme.
//!
//! - here: the names of fields, and rows that are added and removed. `filled`: from rules to a form. `typed`: back, with all that is
//!   wrong. `refused`: where the page says what rules refuse. `sections`: what the page shows. `example`: what a new programme begins with.

mod example;
mod filled;
mod refused;
mod sections;
#[cfg(test)]
mod tests;
mod typed;

use bonafide_domain::ledger::POINTS_MAX;
use bonafide_domain::money::{Currency, Money};
use bonafide_domain::programme::{Occasion, RULES_MAX, TIERS_MAX};

use crate::commands::typed::{money, money_words};
use crate::pages::new_operation;
use crate::server::form::Form;

pub(super) use example::example;
pub(super) use filled::filled;
pub(super) use sections::{Section, next_number, sections};
pub(super) use typed::typed;

/// A field, or the whole form where that is empty, and the key of what is wrong there.
pub(super) type Wrong = (String, &'static str);

/// The lists of rows: hidden fields of these names, each with the number of a row.
const TIERS: &str = "tier";
const EARNING: &str = "earning";
const REWARDS: &str = "reward";

/// The number that the next new row gets.
const NEXT: &str = "next";

/// The occasions of gifts: the word of each in the names of fields, and the key of its words. Around a birthday there are days besides.
const OCCASIONS: [&str; 6] = ["welcome", "birthday", "brought", "was-brought", "visit", "class"];

const fn word_of(occasion: Occasion) -> &'static str {
    match occasion {
        Occasion::Welcome => OCCASIONS[0],
        Occasion::Birthday(_) => OCCASIONS[1],
        Occasion::BroughtSomebody => OCCASIONS[2],
        Occasion::WasBrought => OCCASIONS[3],
        Occasion::Visit => OCCASIONS[4],
        Occasion::Class => OCCASIONS[5],
    }
}

/// A field of a rule.
fn of_rule(rule: u16, part: &str) -> String {
    format!("r{rule}-{part}")
}

/// A field of a tier.
fn of_tier(row: u16, part: &str) -> String {
    format!("t{row}-{part}")
}

/// A field of a gift.
fn of_gift(occasion: &str, part: &str) -> String {
    format!("g-{occasion}-{part}")
}

/// The numbers of the rows of a list, in their order.
fn rows(form: &Form, list: &str) -> Vec<u16> {
    form.all(list).into_iter().filter_map(|row| row.parse().ok()).collect()
}

/// What a button does to the rows: `add earning`, `remove earning 3`. Anything else changes nothing.
pub(super) fn with_rows_changed(form: &Form, act: &str) -> Form {
    let words: Vec<&str> = act.split(' ').collect();
    match words.as_slice() {
        ["add", list @ (TIERS | EARNING | REWARDS)] => added(form, list),
        ["remove", list @ (TIERS | EARNING | REWARDS), row] => removed(form, list, row),
        _ => form.clone(),
    }
}

fn added(form: &Form, list: &&str) -> Form {
    let max = if *list == TIERS { TIERS_MAX } else { RULES_MAX };
    if rows(form, list).len() >= max {
        return form.clone();
    }
    // A number that some row has, or a rule of before had, is never given again.
    let used = [TIERS, EARNING, REWARDS].iter().flat_map(|list| rows(form, list)).max().unwrap_or(0);
    let next = form.text(NEXT).parse::<u16>().unwrap_or(1).max(used.saturating_add(1));
    let mut fields: Vec<(String, String)> = form.fields().map(owned).collect();
    fields.push(((*list).to_owned(), next.to_string()));
    if *list == REWARDS {
        fields.push((of_rule(next, "gift"), new_operation()));
    }
    let form = Form::of(fields).with(NEXT, next.saturating_add(1).to_string());
    if *list == TIERS && form.text("window").is_empty() {
        // A year, and a month to make good for it: what most clubs begin with.
        return form.with("window", "12".to_owned()).with("grace", "30".to_owned());
    }
    form
}

fn removed(form: &Form, list: &str, row: &str) -> Form {
    let own = match list {
        TIERS => format!("t{row}-"),
        _ => format!("r{row}-"),
    };
    let goes = |(name, value): &(&str, &str)| name.starts_with(&own) || (*name == list && *value == row);
    Form::of(form.fields().filter(|field| !goes(field)).map(owned).collect())
}

fn owned((name, value): (&str, &str)) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

/// An amount as it is typed without its currency: with a comma or a point, and with spaces.
pub(super) fn minor(text: &str, currency: Currency) -> Option<i64> {
    let plain: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    money(&format!("{} {}", plain.replace(',', "."), currency.code())).ok().map(Money::minor)
}

/// The same as it is shown in a field.
pub(super) fn minor_words(minor: i64, currency: Currency) -> String {
    let money = Money::parse(minor, currency);
    let words = money.map_or_else(|_| minor.to_string(), money_words);
    words.trim_end_matches(currency.code()).trim_end().to_owned()
}

/// Hundredths of a number as it is typed: `2`, `1.5`, `0,25`.
fn hundredths(text: &str) -> Option<u32> {
    let plain = text.trim().trim_end_matches(['%', '×']).trim().replace(',', ".");
    let (whole, fraction) = plain.split_once('.').unwrap_or((&plain, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || fraction.len() > 2 || !digits(whole) || !digits(fraction) {
        return None;
    }
    format!("{whole}{fraction:0<2}").parse().ok()
}

/// The same as it is shown in a field.
fn hundredths_words(hundredths: u32) -> String {
    let words = format!("{}.{:02}", hundredths / 100, hundredths % 100);
    words.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// A whole number as it is typed, with spaces or without.
pub(super) fn whole(text: &str) -> Option<u64> {
    let plain: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let digits = !plain.is_empty() && plain.bytes().all(|byte| byte.is_ascii_digit());
    plain.parse().ok().filter(|number| digits && *number <= POINTS_MAX)
}
