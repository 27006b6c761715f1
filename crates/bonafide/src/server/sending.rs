//! "Send me a code", for kiosks and tills: whoever is known waits for what becomes of it; whoever has only typed a number hears the same
//! whether it is a member's or not, and waits as long (case W-05).

use bonafide_store::audit::entry::Acting;
use bonafide_store::id::Id;
use zeroize::Zeroizing;

use crate::flows::sending_codes::{AskedAt, Asks, NotSent, Outgoing, Sending, ask, deliver};
use crate::server::app::{App, Shared};
use crate::server::trouble::Trouble;

/// Who asks.
#[derive(Clone)]
pub enum Whom {
    /// The member whom something else has named.
    Named(Id),
    /// Somebody who has told a number.
    Phone(Zeroizing<String>),
}

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CodeAsked {
    /// It is on its way to the member who is named.
    Sent,
    /// It is on its way, if the number is that of one member.
    Coming,
    /// None is sent.
    NotSent(NotSent),
}

impl App {
    /// What sending works with.
    pub fn sending<'a>(&'a self, acting: &Acting) -> Sending<'a> {
        Sending {
            store: &self.store,
            senders: &self.senders,
            codes: &self.secrets.phone_codes,
            directory: &self.directory,
            texts: &self.texts,
            acting: acting.clone(),
        }
    }
}

/// Has a code sent.
///
/// # Errors
/// A [`Trouble`] when the book cannot be read or written.
pub async fn send_code(app: &Shared, acting: Acting, at: AskedAt, whom: Whom) -> Result<CodeAsked, Trouble> {
    let again = acting.clone();
    let (asked, outgoing) = app.aside(move |app| counted(app, &acting, &at, &whom)).await?;
    if let Some(outgoing) = outgoing {
        let app = Shared::clone(app);
        // What becomes of it is in the trace. Whoever has typed a number hears and sees nothing of it, not by waiting either.
        tokio::spawn(async move {
            let delivered = app.aside(move |app| Ok(deliver(&app.sending(&again), &outgoing)?.is_ok()));
            if delivered.await.is_err() {
                tracing::error!("what became of a message could not be written down");
            }
        });
    }
    Ok(asked)
}

/// What is to be told, and what still goes out while the person reads.
fn counted(
    app: &App,
    acting: &Acting,
    at: &AskedAt,
    whom: &Whom,
) -> Result<(CodeAsked, Option<Outgoing>), Trouble> {
    let sending = app.sending(acting);
    let asks = match whom {
        Whom::Named(member) => Asks::Named(*member),
        Whom::Phone(number) => Asks::Phone(number),
    };
    Ok(match (ask(&sending, at, asks)?, whom) {
        (Err(why), _) => (CodeAsked::NotSent(why), None),
        (Ok(outgoing), Whom::Phone(_)) => (CodeAsked::Coming, outgoing),
        (Ok(None), Whom::Named(_)) => (CodeAsked::NotSent(NotSent::NoAddress), None),
        // He is known already: he waits for what becomes of it.
        (Ok(Some(outgoing)), Whom::Named(_)) => match deliver(&sending, &outgoing)? {
            Ok(()) => (CodeAsked::Sent, None),
            Err(why) => (CodeAsked::NotSent(why), None),
        },
    })
}
