//! A PIN from the keyboard or standard input: never an argument, which every shell writes down.

use std::io::{BufRead, IsTerminal, Read};

use bonafide_store::credentials::pin::{PIN_DIGITS_MAX, PIN_DIGITS_MIN, Pin, PinHash, PinRefusal};
use zeroize::Zeroizing;

use crate::failure::Failure;

/// The longest line that is read.
const LINE_BYTES_MAX: u64 = 256;

/// Asks for a PIN, twice in a terminal and without showing it, or reads one line. What is given back can be compared and not
/// read.
///
/// # Errors
/// `bad_pin` with what is wrong, `pins_differ`, `io`.
pub(crate) fn asked() -> Result<PinHash, Failure> {
    let text = entered()?;
    let pin = Pin::parse(&text).map_err(|refusal| Failure::new("bad_pin", words(refusal)))?;
    Ok(PinHash::of(&pin)?)
}

fn entered() -> Result<Zeroizing<String>, Failure> {
    let io = |error: std::io::Error| Failure::new("io", error.to_string());
    if !std::io::stdin().is_terminal() {
        let mut line = Zeroizing::new(String::with_capacity(LINE_BYTES_MAX as usize));
        std::io::stdin().lock().take(LINE_BYTES_MAX).read_line(&mut line).map_err(io)?;
        return Ok(Zeroizing::new(line.trim_end_matches(['\r', '\n']).to_owned()));
    }
    let prompt = |words: &str| rpassword::prompt_password(words).map(Zeroizing::new).map_err(io);
    let pin = prompt("PIN: ")?;
    if *prompt("The same PIN again: ")? != *pin {
        return Err(Failure::new("pins_differ", "the two PINs differ: try again"));
    }
    Ok(pin)
}

fn words(refusal: PinRefusal) -> String {
    match refusal {
        PinRefusal::NotDigits => "a PIN has digits only".to_owned(),
        PinRefusal::Length => format!("a PIN has {PIN_DIGITS_MIN} to {PIN_DIGITS_MAX} digits"),
        PinRefusal::TooPlain => {
            "this PIN is tried first: choose one that is no run and not the same digit throughout".to_owned()
        }
    }
}
