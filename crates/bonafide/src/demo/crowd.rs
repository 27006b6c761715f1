//! Who the members of the chain are, what they buy, how often they come, and what becomes of them: all from the seed.

use bonafide_domain::profile::Language;
use jiff::civil::Date;

use super::dice::Dice;
use super::offers::Offer;
use super::people::{Person, person};
use super::sites::House;

pub(super) const DAY_US: i64 = 86_400_000_000;

/// How long ago the chain opened.
pub(super) const OPENED_DAYS: i64 = 420;

/// How long ago its doors were connected: from then on there are passages.
pub(super) const CONNECTED_DAYS: i64 = 92;

/// Somebody with a part in a scene: each shows one thing that a door can say. They come in scenes only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Ended,
    Frozen,
    UsedUp,
    NotBegun,
    Cancelled,
    Suspended,
    LostCard,
    BlockedCard,
    ExpiredCard,
    NoMembership,
    MorningOnly,
    OtherClub,
    NotVip,
    Tanner,
    Insider,
    Salt1,
    Salt2,
    Salt3,
    Guest,
    Host,
    ToBeChecked,
    Twin1,
    Twin2,
    VipWithoutFace,
    Traveller,
}

impl Role {
    pub(super) const ALL: [Role; 25] = [
        Role::Ended,
        Role::Frozen,
        Role::UsedUp,
        Role::NotBegun,
        Role::Cancelled,
        Role::Suspended,
        Role::LostCard,
        Role::BlockedCard,
        Role::ExpiredCard,
        Role::NoMembership,
        Role::MorningOnly,
        Role::OtherClub,
        Role::NotVip,
        Role::Tanner,
        Role::Insider,
        Role::Salt1,
        Role::Salt2,
        Role::Salt3,
        Role::Guest,
        Role::Host,
        Role::ToBeChecked,
        Role::Twin1,
        Role::Twin2,
        Role::VipWithoutFace,
        Role::Traveller,
    ];

    /// What he buys in the beginning.
    const fn offer(self) -> Option<Offer> {
        match self {
            Role::NoMembership | Role::Guest => None,
            Role::UsedUp => Some(Offer::Ten),
            Role::Ended => Some(Offer::Month),
            Role::MorningOnly => Some(Offer::Morning),
            Role::VipWithoutFace => Some(Offer::Vip),
            _ => Some(Offer::Year),
        }
    }

    /// When he joined, in days before now: so that what was sold then is over, or not, when his scenes come.
    const fn joined_days(self) -> i64 {
        match self {
            Role::UsedUp | Role::MorningOnly | Role::OtherClub | Role::Host | Role::Cancelled => 24,
            _ => 62,
        }
    }
}

/// What becomes of a member, in days before now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    Stays,
    /// He comes no more, once what he bought is over.
    Leaves {
        days: i64,
    },
    /// His membership rests.
    Freezes {
        days: i64,
    },
    Cancels {
        days: i64,
    },
    /// He loses his card; it is replaced the next day, or not.
    LosesCard {
        days: i64,
        replaced: bool,
    },
    /// His card is blocked.
    Blocked {
        days: i64,
    },
    /// The club keeps him out.
    Suspended {
        days: i64,
    },
    /// He has a part in a scene.
    Plays(Role),
}

/// A made-up member.
#[derive(Clone)]
pub(super) struct Member {
    pub(super) number: usize,
    pub(super) house: House,
    pub(super) script: Language,
    pub(super) joined_us: i64,
    pub(super) offer: Option<Offer>,
    /// Visits in a week.
    pub(super) weekly: f64,
    pub(super) fate: Fate,
    /// He agrees to be known by his body.
    pub(super) biometric: bool,
    /// He has the card in his phone.
    pub(super) device: bool,
    /// His profile is to be looked at.
    pub(super) check_due: bool,
}

impl Member {
    pub(super) fn person(&self, seed: u64, today: Date) -> Option<Person> {
        // Who plays may consent to anything.
        let youngest = if self.plays().is_some() { 25 } else { 16 };
        person(seed, self.number, self.script, (youngest, today))
    }

    pub(super) fn plays(&self) -> Option<Role> {
        match self.fate {
            Fate::Plays(role) => Some(role),
            _ => None,
        }
    }
}

/// All of them; the first ones play.
pub(super) fn crowd(seed: u64, count: usize, now_us: i64) -> Vec<Member> {
    (0..count)
        .map(|number| {
            let dice = &mut Dice::of(seed, number as u64);
            match Role::ALL.get(number) {
                Some(role) => player(*role, number, now_us),
                None => member(dice, number, now_us),
            }
        })
        .collect()
}

fn player(role: Role, number: usize, now_us: i64) -> Member {
    let house = match role {
        Role::OtherClub | Role::ToBeChecked => House::Harbour,
        _ => House::North,
    };
    // Of those who must not open the other club, or bring anybody, a month; the year of others opens both.
    let offer = match role {
        Role::OtherClub | Role::Host | Role::Cancelled => Some(Offer::Month),
        other => other.offer(),
    };
    Member {
        number,
        house,
        script: house.site().language,
        joined_us: now_us - role.joined_days() * DAY_US + number as i64 * 60_000_000,
        offer,
        weekly: 0.0,
        fate: Fate::Plays(role),
        biometric: role == Role::Traveller,
        device: false,
        check_due: role == Role::ToBeChecked,
    }
}

fn member(dice: &mut Dice, number: usize, now_us: i64) -> Member {
    let house = House::ALL[dice.weighted(&House::SHARES)];
    let script = if dice.percent(92) { house.site().language } else { *dice.one(&Language::ALL) };
    let days = (dice.share().powf(1.2) * (OPENED_DAYS - 2) as f64) as i64;
    let joined_us = now_us - days * DAY_US - dice.within(2 * 3_600_000_000, DAY_US);
    let offer = offer(house, dice);
    let weekly = match (house, offer) {
        (_, None) => 0.0,
        (_, Some(Offer::Staff)) => 4.5,
        (_, Some(Offer::Day)) => 0.12,
        (House::Salon, _) => 0.08 + 0.5 * dice.share().powi(2),
        (_, Some(Offer::Vip)) => 1.0 + 3.0 * dice.share(),
        _ => 0.2 + 2.6 * dice.share().powi(3),
    };
    Member {
        number,
        house,
        script,
        joined_us,
        offer,
        weekly,
        fate: fate(dice, offer, days),
        biometric: offer == Some(Offer::Vip) || dice.percent(14),
        device: dice.percent(30),
        check_due: house == House::North && dice.percent(3),
    }
}

fn offer(house: House, dice: &mut Dice) -> Option<Offer> {
    use Offer::{Day, Month, Morning, Staff, Ten, Vip, Year};
    match house {
        House::North | House::Harbour => {
            let all = [Month, Year, Ten, Morning, Day, Vip, Staff];
            Some(all[dice.weighted(&[38, 22, 14, 10, 9, 5, 2])])
        }
        House::Salon => Some([Ten, Year, Staff][dice.weighted(&[66, 30, 4])]),
        House::Shop => dice.percent(6).then_some(Staff),
    }
}

/// `days` is how long he has been a member.
fn fate(dice: &mut Dice, offer: Option<Offer>, days: i64) -> Fate {
    let rests = matches!(offer, Some(Offer::Year | Offer::Vip)) && (40..300).contains(&days);
    if rests && dice.percent(9) {
        return Fate::Freezes { days: dice.within(3, 18) };
    }
    let lately = dice.within(1, 25).min(days.max(1));
    match dice.below(1_000) {
        0..180 if days > 45 => Fate::Leaves { days: dice.within(0, days - 32) },
        180..195 if matches!(offer, Some(Offer::Month | Offer::Year)) && days > 30 => {
            Fate::Cancels { days: lately }
        }
        195..225 if days > 3 => Fate::LosesCard { days: lately, replaced: true },
        225..233 if days > 3 => Fate::LosesCard { days: lately, replaced: false },
        233..242 if days > 3 => Fate::Blocked { days: lately },
        242..248 if days > 3 => Fate::Suspended { days: lately },
        _ => Fate::Stays,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_crowd_is_that_of_the_seed_and_has_all_fates() {
        let now_us = 1_795_478_400_000_000;
        let crowd_of = |seed| crowd(seed, 3_000, now_us);
        let (one, again, other) = (crowd_of(4), crowd_of(4), crowd_of(5));
        let seen =
            |crowd: &[Member]| crowd.iter().map(|m| (m.house, m.joined_us, m.fate)).collect::<Vec<_>>();
        assert_eq!(seen(&one), seen(&again));
        assert_ne!(seen(&one), seen(&other));
        for house in House::ALL {
            assert!(one.iter().filter(|member| member.house == house).count() > 100, "{house:?}");
        }
        let has = |fits: fn(&Fate) -> bool| one.iter().any(|member| fits(&member.fate));
        assert!(has(|fate| matches!(fate, Fate::Freezes { .. })));
        assert!(has(|fate| matches!(fate, Fate::Cancels { .. })));
        assert!(has(|fate| matches!(fate, Fate::LosesCard { replaced: false, .. })));
        assert!(has(|fate| matches!(fate, Fate::Blocked { .. })));
        assert!(has(|fate| matches!(fate, Fate::Suspended { .. })));
        let roles: Vec<Role> = one.iter().filter_map(Member::plays).collect();
        assert_eq!(roles, Role::ALL);
        assert!(one.iter().all(|member| member.joined_us < now_us));
    }
}
