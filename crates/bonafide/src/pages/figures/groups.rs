//! The figures in the groups in which the page shows them, each with what it means.

use bonafide_domain::ledger::Code;
use bonafide_store::figures::comparison::{Comparison, Group as Compared, PEOPLE_MIN};
use bonafide_store::figures::points::SOON_DAYS;
use bonafide_store::figures::sales::{Sold, basis_points};
use bonafide_store::purchases::RecognisedBy;

use crate::pages::figures::amounts::Amount;
use crate::pages::figures::asking::Asking;
use crate::pages::figures::gathered::{Gathered, Part};

/// One figure.
pub(super) struct Figure {
    /// The key of its name.
    pub(super) key: &'static str,
    /// The key of what it means.
    pub(super) meaning: &'static str,
    pub(super) now: Amount,
    /// In the span before.
    pub(super) before: Amount,
}

/// Figures that belong together.
pub(super) struct Group {
    /// The key of its name.
    pub(super) key: &'static str,
    /// The key of what one must know of all of them.
    pub(super) note: &'static str,
    pub(super) figures: Vec<Figure>,
}

/// Makes figures of both spans by one rule.
struct Making<'a> {
    asking: &'a Asking,
    gathered: &'a Gathered,
}

impl Making<'_> {
    fn figure(&self, key: &'static str, meaning: &'static str, of: impl Fn(&Part) -> Amount) -> Figure {
        let before = self.gathered.before.as_ref().map_or(Amount::Unknown, &of);
        Figure { key, meaning, now: of(&self.gathered.now), before }
    }

    /// What points are worth, in money.
    fn worth(&self, points: u64) -> Amount {
        let minor = self.asking.point_minor.and_then(|point| points.checked_mul(u64::from(point)));
        Amount::money(minor.and_then(|minor| i64::try_from(minor).ok()), self.asking.currency)
    }

    fn average(&self, sold: Sold) -> Amount {
        Amount::money(sold.average_minor(), self.asking.currency)
    }

    fn owed(&self) -> Group {
        let soon = |key, meaning, at: usize| Figure {
            key,
            meaning,
            now: self.gathered.soon.get(at).map_or(Amount::Unknown, |points| Amount::Count(*points)),
            before: Amount::Unknown,
        };
        let mut figures = vec![
            self.figure("figures-liability", "figures-liability-means", |part| {
                self.worth(part.points.outstanding)
            }),
            self.figure("figures-outstanding", "figures-outstanding-means", |part| {
                Amount::Count(part.points.outstanding)
            }),
            self.figure("figures-waiting", "figures-waiting-means", |part| {
                Amount::Count(part.points.waiting)
            }),
            self.figure("figures-expired", "figures-expired-means", |part| {
                Amount::Count(part.points.flow(Code::Expire).points_out)
            }),
            self.figure("figures-breakage", "figures-breakage-means", |part| {
                Amount::share(part.points.expired_basis_points())
            }),
        ];
        const SOON: [&str; SOON_DAYS.len()] = ["figures-soon-30", "figures-soon-60", "figures-soon-90"];
        figures.extend((0..).zip(SOON).map(|(at, key)| soon(key, "figures-soon-means", at)));
        Group { key: "figures-owed", note: "figures-owed-note", figures }
    }

    fn people(&self) -> Group {
        let mut figures = Vec::new();
        if self.asking.sees_all {
            figures.extend([
                self.figure("figures-participants", "figures-participants-means", |part| {
                    Amount::Count(part.participants.all)
                }),
                self.figure("figures-new", "figures-new-means", |part| Amount::Count(part.participants.new)),
            ]);
        }
        figures.extend([
            self.figure("figures-active", "figures-active-means", |part| {
                Amount::Count(part.participants.active)
            }),
            self.figure("figures-frequency", "figures-frequency-means", |part| {
                let hundredths = part.sales.of_members().receipts.checked_mul(100);
                let each = hundredths.and_then(|receipts| receipts.checked_div(part.participants.active));
                each.map_or(Amount::Unknown, Amount::Hundredths)
            }),
            self.figure("figures-again", "figures-again-means", |part| {
                Amount::share(part.again.basis_points())
            }),
        ]);
        Group { key: "figures-people", note: "figures-people-note", figures }
    }

    fn receipts(&self) -> Group {
        let figures = vec![
            self.figure("figures-receipts-members", "figures-receipts-members-means", |part| {
                Amount::Count(part.sales.of_members().receipts)
            }),
            self.figure("figures-recognised", "figures-recognised-means", |part| {
                let (members, nobody) = (part.sales.of_members().receipts, part.sales.of_nobody().receipts);
                Amount::share(basis_points(members, members + nobody))
            }),
            self.figure("figures-average-with", "figures-average-with-means", |part| {
                self.average(part.sales.of_members())
            }),
            self.figure("figures-average-without", "figures-average-without-means", |part| {
                self.average(part.sales.of_nobody())
            }),
        ];
        Group { key: "figures-receipts", note: "figures-receipts-note", figures }
    }

    fn returns(&self) -> Group {
        let currency = self.asking.currency;
        let money = |minor: Option<i64>| Amount::money(minor, currency);
        let figures = vec![
            self.figure("figures-cost", "figures-cost-means", |part| {
                money(Some(part.sales.of_members().cost_minor()))
            }),
            self.figure("figures-extra", "figures-extra-means", |part| {
                money(part.sales.returns().map(|returns| returns.extra_minor))
            }),
            self.figure("figures-net", "figures-net-means", |part| {
                money(part.sales.returns().map(|returns| returns.net_minor()))
            }),
        ];
        Group { key: "figures-return", note: "figures-return-note", figures }
    }
}

fn satisfied(making: &Making<'_>) -> Group {
    let figures = vec![
        making.figure("figures-stars", "figures-stars-means", |part| {
            part.satisfaction.average_hundredths().map_or(Amount::Unknown, Amount::Hundredths)
        }),
        making.figure("figures-answers", "figures-answers-means", |part| {
            Amount::Count(part.satisfaction.answers())
        }),
        making.figure("figures-answered", "figures-answered-means", |part| {
            let receipts = part.sales.of_members().receipts + part.sales.of_nobody().receipts;
            Amount::share(basis_points(part.satisfaction.answers(), receipts))
        }),
    ];
    Group { key: "figures-satisfaction", note: "figures-satisfaction-note", figures }
}

/// The groups that are shown to whoever asks.
pub(super) fn groups(asking: &Asking, gathered: &Gathered) -> Vec<Group> {
    let making = Making { asking, gathered };
    let owed = asking.sees_all.then(|| making.owed());
    owed.into_iter()
        .chain([making.people(), making.receipts(), making.returns(), satisfied(&making)])
        .collect()
}

/// A row of a chart with its table: the key of its name, and its amounts.
pub(super) struct Bar {
    pub(super) key: &'static str,
    /// How long it is, by the longest.
    pub(super) size: u64,
    pub(super) amounts: Vec<Amount>,
}

const fn way_key(way: RecognisedBy) -> &'static str {
    match way {
        RecognisedBy::Face => "figures-way-face",
        RecognisedBy::Code => "figures-way-code",
        RecognisedBy::Card => "figures-way-card",
        RecognisedBy::Phone => "figures-way-phone",
        RecognisedBy::Name => "figures-way-name",
    }
}

const WAYS: [RecognisedBy; 5] =
    [RecognisedBy::Face, RecognisedBy::Code, RecognisedBy::Card, RecognisedBy::Phone, RecognisedBy::Name];

/// Receipts by what the member was recognised by: how many, their share of all, the average.
pub(super) fn by_way(asking: &Asking, gathered: &Gathered) -> Vec<Bar> {
    let sales = &gathered.now.sales;
    let all = sales.of_members().receipts + sales.of_nobody().receipts;
    let bar = |key, sold: Sold| Bar {
        key,
        size: sold.receipts,
        amounts: vec![
            Amount::Count(sold.receipts),
            Amount::share(basis_points(sold.receipts, all)),
            Amount::money(sold.average_minor(), asking.currency),
        ],
    };
    let members = WAYS.map(|way| bar(way_key(way), sales.by(way)));
    members.into_iter().chain([bar("figures-way-nobody", sales.of_nobody())]).collect()
}

const fn code_key(code: Code) -> &'static str {
    match code {
        Code::Earn => "figures-code-earn",
        Code::Spend => "figures-code-spend",
        Code::Expire => "figures-code-expire",
        Code::Return => "figures-code-return",
        Code::Correct => "figures-code-correct",
        Code::Gift => "figures-code-gift",
        Code::Opening => "figures-code-opening",
        Code::Repay => "figures-code-repay",
        Code::Move => "figures-code-move",
    }
}

/// Points by what they moved for: into wallets, and out of them. What never moved is left out.
pub(super) fn by_code(gathered: &Gathered) -> Vec<Bar> {
    let moved = |code: &Code| {
        let flow = gathered.now.points.flow(*code);
        let amounts = vec![Amount::Count(flow.points_in), Amount::Count(flow.points_out)];
        Bar { key: code_key(*code), size: flow.points_in.max(flow.points_out), amounts }
    };
    Code::ALL.iter().map(moved).filter(|bar| bar.size > 0).collect()
}

/// A comparison with a like group, as the page tells it.
pub(super) struct Told {
    /// The key of what happened.
    pub(super) key: &'static str,
    pub(super) people: u64,
    pub(super) unlike: u64,
    /// Before and after, of those to whom it happened and of those like them; nothing for too few people.
    pub(super) shares: Option<[Amount; 4]>,
    pub(super) effect: Amount,
}

fn told(key: &'static str, comparison: &Comparison) -> Told {
    let shares = |group: &Compared| [group.before, group.after].map(|days| Amount::fraction(days.share()));
    let [own, like] = [&comparison.own, &comparison.like].map(shares);
    Told {
        key,
        people: comparison.people,
        unlike: comparison.unlike,
        shares: (comparison.people >= PEOPLE_MIN).then_some([own[0], own[1], like[0], like[1]]),
        effect: Amount::fraction(comparison.effect()),
    }
}

/// The comparisons.
pub(super) fn compared(gathered: &Gathered) -> [Told; 2] {
    [
        told("figures-since-face", &gathered.compared.face),
        told("figures-since-points", &gathered.compared.points),
    ]
}
