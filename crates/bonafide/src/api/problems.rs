//! The kinds of problems that programs are told of, by their stable keys. The page of the API lists them, and each problem's `type` leads
//! there.

/// A kind of problem.
pub struct ProblemKind {
    /// The stable key.
    pub key: &'static str,
    /// The statuses that it comes with.
    pub statuses: &'static str,
    /// What it means and what to do, in English.
    pub words: &'static str,
}

const fn kind(key: &'static str, statuses: &'static str, words: &'static str) -> ProblemKind {
    ProblemKind { key, statuses, words }
}

/// All of them.
pub const ALL: &[ProblemKind] = &[
    kind("bad_json", "400, 422", "The body is no JSON, or JSON of another form. The detail says where."),
    kind("bad_value", "422", "A value is not understood. The detail says which."),
    kind(
        "no_idempotency_key",
        "400",
        "The request has no name. Make an id, keep it until there is an answer, and send it along.",
    ),
    kind("two_operations", "422", "The body and the header name the request by two ids. Send one."),
    kind(
        "other_request",
        "409, 422",
        "The id or key was used for something else. Each request needs one of its own.",
    ),
    kind("still_running", "409", "The first request with this key is being done. Ask again in a moment."),
    kind("too_old", "422", "The moment of a passage is more than a day ago."),
    kind(
        "too_early",
        "422",
        "The moment of a passage lies more than five minutes ahead: set the device's clock.",
    ),
    kind("no_access_point", "422", "There is no such access point."),
    kind("no_till", "422", "There is no such till, or it is closed."),
    kind("no_programme", "422", "The branch takes part in no programme with rules."),
    kind("not_in_programme", "422", "The customer is not in the programme."),
    kind(
        "not_recognised",
        "422",
        "The customer was recognised elsewhere or too long ago, or not at all. Recognise him again.",
    ),
    kind("several_customers", "422", "The things belong to several people."),
    kind("bad_code", "422", "The code is too old, was used, or is none of ours. Show the next one."),
    kind("card_not_usable", "422", "The card is lost, blocked or over."),
    kind("ask_another", "422", "One thing more is asked for."),
    kind("wrong_pin", "422", "The PIN or the code is not right."),
    kind(
        "code_not_sent",
        "422",
        "No code can be sent. The detail says why; let the customer show something else.",
    ),
    kind("too_many_codes", "429", "Too many codes were sent. Let the customer show something else."),
    kind(
        "faces_not_here",
        "422",
        "No face may be compared at this till. Let the customer show something else.",
    ),
    kind("too_many_tries", "422", "It was typed wrongly too often."),
    kind("show_more", "422", "To spend, the customer types his PIN or shows the code of his phone."),
    kind("may_not_spend", "422", "The customer may earn, and not spend."),
    kind("other_currency", "422", "The programme counts in another currency."),
    kind("too_many_points", "422", "More points than may pay. The detail says how many may."),
    kind("too_few_points", "422", "Fewer points than pay at once."),
    kind("not_in_steps", "422", "Points pay in steps."),
    kind("not_held", "422", "Points pay only after a hold, and no more than were held."),
    kind("hold_expired", "409", "The hold has expired, and its points are free again."),
    kind("too_many_holds", "409", "Too many purchases of this customer wait."),
    kind("purchase_done", "409", "The purchase was completed."),
    kind("purchase_cancelled", "409", "The purchase was given up."),
    kind("purchase_not_done", "409", "The purchase was not completed."),
    kind("purchase_taken", "409", "The purchase belongs to somebody."),
    kind("too_often", "422", "The customer has claimed as many receipts as the programme allows for now."),
    kind("nothing_allowed", "422", "Without a network this till takes no points. The detail says why."),
    kind(
        "not_allowance",
        "422",
        "The allowance is none of this till, or over. The detail says which; deliver the sale without points.",
    ),
    kind(
        "allowance_used_up",
        "422",
        "The allowance does not cover so many points. The detail says how many.",
    ),
    kind("purchase_returned", "409", "Something of the purchase came back already."),
    kind("receipt_taken", "409", "The receipt belongs to another purchase."),
    kind("no_purchase", "422", "There is no such purchase."),
    kind("lines_erased", "422", "The customer was erased, and what he bought with him."),
    kind("more_than_left", "422", "More comes back than is left. The detail says how much is."),
    kind("points_refused", "422", "The points do not stand so. The detail says why."),
    kind("own_purchase", "403", "Nobody earns or spends at his own till."),
    kind("no_reward", "422", "The rules have no such gift, or it is given no more."),
    kind("tier_too_low", "422", "The gift is for a higher tier."),
    kind("taken_before", "409", "The customer has had this gift: it is there once for each."),
    kind("out_of_stock", "409", "None is left at this branch."),
    kind("too_late", "422", "It is too long ago."),
    kind("no_branch", "422", "There is no such branch."),
    kind("other_branch", "422", "The access point is in another branch than the server."),
    kind("too_many", "422", "The server has as many numbers as it may have."),
    kind("not_signed_in", "401", "Nobody is signed in, or the token is no device's any more."),
    kind("forbidden", "403", "Whoever is signed in may not do this, or the device is another one."),
    kind(
        "cross_site",
        "403",
        "The request comes from another site, or lacks the X-Csrf-Token of its session.",
    ),
    kind("not_found", "404", "There is no such thing."),
    kind("method_not_allowed", "405", "The path has other methods."),
    kind("too_slow", "408", "The request took too long."),
    kind("too_large", "413", "The body is too large."),
    kind("fault", "500", "A fault of the server. Nothing is opened by it. Ask again with the same id."),
    kind(
        "slow_book",
        "503",
        "The book does not answer in time. Nothing is opened by it. Ask again with the same id.",
    ),
    kind("stopping", "503", "The server stops. Ask again with the same id."),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::{Path, PathBuf};

    use super::*;

    /// The first word in quotes after each of these calls is a key.
    const CALLS: [&str; 3] = ["Trouble::new(", "unprocessable(", "conflict("];

    /// The files of a folder and of those in it.
    fn files(folder: &Path) -> Vec<PathBuf> {
        let paths = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        paths.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
    }

    #[test]
    fn every_kind_of_problem_that_the_api_tells_is_described() {
        let listed: BTreeSet<&str> = ALL.iter().map(|kind| kind.key).collect();
        assert_eq!(listed.len(), ALL.len(), "each once");
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/api");
        let mut found = 0;
        for path in files(&folder) {
            let text = std::fs::read_to_string(&path).unwrap();
            // The definition of `unprocessable` and this test name no key.
            for call in CALLS {
                for rest in text.split(call).skip(1) {
                    let Some(key) = rest.split('"').nth(1) else { continue };
                    if !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_') {
                        assert!(listed.contains(key), "{key} of {}", path.display());
                        found += 1;
                    }
                }
            }
        }
        assert!(found > 20, "{found}");
    }
}
