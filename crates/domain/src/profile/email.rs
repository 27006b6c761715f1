//! An e-mail address.

use crate::hidden::hide_from_debug;

/// The longest address that mail systems carry, in bytes.
pub const EMAIL_BYTES_MAX: usize = 254;
/// The longest part before the `@`, in bytes.
const LOCAL_BYTES_MAX: usize = 64;
/// The longest part of a domain between two dots, in bytes.
const LABEL_BYTES_MAX: usize = 63;

/// An address as it was written, and its canonical form for look-ups.
///
/// The check is that of a careful form, not of RFC 5322: quoted local parts, comments and addresses by number are
/// refused, since nobody has them. Whether the address exists is known only after a letter to it.
#[derive(Clone, PartialEq, Eq)]
pub struct EmailAddress {
    written: String,
    canonical: String,
}

hide_from_debug!(EmailAddress);

/// Why an address is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EmailRefusal {
    /// Longer than [`EMAIL_BYTES_MAX`].
    TooLong,
    /// There is not exactly one `@`.
    NotOneAt,
    /// The part before the `@` is empty, longer than 64 bytes, or has a character or dot where none may be.
    Local,
    /// The part after the `@` is not a name with a dot in it.
    Domain,
}

impl EmailAddress {
    /// Checks an address; spaces around it are dropped.
    pub fn parse(text: &str) -> Result<Self, EmailRefusal> {
        let written = text.trim();
        if written.len() > EMAIL_BYTES_MAX {
            return Err(EmailRefusal::TooLong);
        }
        let (local, domain) = written.split_once('@').ok_or(EmailRefusal::NotOneAt)?;
        if domain.contains('@') {
            return Err(EmailRefusal::NotOneAt);
        }
        if local.len() > LOCAL_BYTES_MAX || !local.split('.').all(is_atom) {
            return Err(EmailRefusal::Local);
        }
        if !is_domain(domain) {
            return Err(EmailRefusal::Domain);
        }
        Ok(Self { written: written.to_owned(), canonical: written.to_lowercase() })
    }

    /// As it was written: letters are sent here.
    pub fn as_written(&self) -> &str {
        &self.written
    }

    /// In small letters, for look-ups. The standard lets `Anna@` and `anna@` differ; no provider does. Dots and `+tags`
    /// stay, because each provider has its own idea of them. A domain in its own script and its `xn--` form are two.
    pub fn canonical(&self) -> &str {
        &self.canonical
    }
}

fn is_atom(atom: &str) -> bool {
    let allowed = |c: char| c.is_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c);
    !atom.is_empty() && atom.chars().all(allowed)
}

fn is_domain(domain: &str) -> bool {
    let is_label = |label: &str| {
        let ends_well = !label.starts_with('-') && !label.ends_with('-');
        let size = 1..=LABEL_BYTES_MAX;
        size.contains(&label.len()) && ends_well && label.chars().all(|c| c.is_alphanumeric() || c == '-')
    };
    let top = domain.rsplit('.').next().unwrap_or(domain);
    domain.contains('.') && domain.split('.').all(is_label) && !top.chars().all(|c| c.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use EmailRefusal::*;

    #[test]
    fn an_address_is_accepted_with_its_canonical_form_or_refused_by_name() {
        let long_local = format!("{}@example.org", "a".repeat(65));
        let long_label = format!("a@{}.org", "b".repeat(64));
        let too_long = format!("a@{}.org", "b.".repeat(130));
        let cases = [
            (" Anna.Smith+club@Example.ORG ", Ok("anna.smith+club@example.org")),
            ("o'neil@example.co.uk", Ok("o'neil@example.co.uk")),
            ("анна@Почта.рф", Ok("анна@почта.рф")),
            ("a@xn--e1afmkfd.xn--p1ai", Ok("a@xn--e1afmkfd.xn--p1ai")),
            ("anna", Err(NotOneAt)),
            ("a@b@example.org", Err(NotOneAt)),
            ("@example.org", Err(Local)),
            (".anna@example.org", Err(Local)),
            ("anna..b@example.org", Err(Local)),
            ("anna b@example.org", Err(Local)),
            ("\"a b\"@example.org", Err(Local)),
            ("a\r\nBcc:x@example.org", Err(Local)),
            ("<a@example.org", Err(Local)),
            (&long_local, Err(Local)),
            ("a@localhost", Err(Domain)),
            ("a@example..org", Err(Domain)),
            ("a@-example.org", Err(Domain)),
            ("a@example.org.", Err(Domain)),
            ("a@127.0.0.1", Err(Domain)),
            ("a@[127.0.0.1]", Err(Domain)),
            ("a@exa mple.org", Err(Domain)),
            (&long_label, Err(Domain)),
            (&too_long, Err(TooLong)),
        ];
        for (text, expected) in cases {
            let found = EmailAddress::parse(text);
            assert_eq!(found.as_ref().map(EmailAddress::canonical), expected.as_ref().copied(), "{text}");
        }
        let anna = EmailAddress::parse("Anna@Example.org").unwrap();
        assert_eq!(
            (anna.as_written(), format!("{anna:?}").as_str()),
            ("Anna@Example.org", "EmailAddress(…)")
        );
    }
}
