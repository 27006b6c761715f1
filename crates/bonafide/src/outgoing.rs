//! What this server asks of others: by TLS, or on this machine; within a time; following nobody elsewhere.

use std::io::Read;
use std::path::Path;
use std::time::Duration;

use ureq::http::Uri;
use zeroize::Zeroizing;

use crate::failure::Failure;

/// The longest key or password, in bytes.
pub(crate) const KEY_BYTES_MAX: u64 = 4_096;

/// A client that gives up after so many milliseconds, and goes neither where an answer sends it nor through a proxy of the
/// environment.
pub(crate) fn agent(time_out_ms: u64) -> ureq::Agent {
    ureq::Agent::config_builder()
        .timeout_global(Some(Duration::from_millis(time_out_ms)))
        .max_redirects(0)
        .max_redirects_will_error(false)
        .http_status_as_error(false)
        .proxy(None)
        .user_agent("bonafide")
        .build()
        .into()
}

/// Whether a host is this machine.
pub(crate) fn is_here(host: &str) -> bool {
    matches!(host, "127.0.0.1" | "localhost" | "::1" | "[::1]")
}

/// Whether what is sent to an address can be read by nobody on the way.
pub(crate) fn is_safe(uri: &Uri) -> bool {
    match uri.scheme_str() {
        Some("https") => true,
        Some("http") => uri.host().is_some_and(is_here),
        _ => false,
    }
}

/// Reads a key or password: one line. It stands in no message and no log. A relative path lies in the data folder.
///
/// # Errors
/// `io` when the file cannot be read, `bad_key_file` when it is empty, too long, or no line of letters, digits, signs and spaces.
pub(crate) fn secret(folder: &Path, file: &Path) -> Result<Zeroizing<String>, Failure> {
    let path = folder.join(file);
    let failed = |error: std::io::Error| Failure::io("read", &path, &error);
    let mut bytes = Zeroizing::new(Vec::new());
    std::fs::File::open(&path)
        .map_err(failed)?
        .take(KEY_BYTES_MAX + 1)
        .read_to_end(&mut bytes)
        .map_err(failed)?;
    let line =
        bytes.strip_suffix(b"\n").map_or(bytes.as_slice(), |line| line.strip_suffix(b"\r").unwrap_or(line));
    let is_one = !line.is_empty()
        && bytes.len() as u64 <= KEY_BYTES_MAX
        && line.iter().all(|byte| byte.is_ascii_graphic() || *byte == b' ');
    let key = is_one.then(|| Zeroizing::new(String::from_utf8_lossy(line).into_owned()));
    key.ok_or_else(|| no_secret(&path))
}

/// That a file holds no key.
pub(crate) fn no_secret(path: &Path) -> Failure {
    let words = format!("{}: one line of letters, digits and signs is asked for", path.display());
    Failure::new("bad_key_file", words)
}
