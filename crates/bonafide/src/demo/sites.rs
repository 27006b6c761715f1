//! The places of the made-up chain, as data: two clubs, a salon and a shop under three laws.
//!
//! In Yekaterinburg a face is an outside provider's business, in Limassol templates are kept by the club, in Shanghai they stay
//! in the device: so each way of recognising is to be seen.

use bonafide_domain::access_method::Method::{
    self, CardNumber, CardProof, DeviceKey, Face, FingerprintOrPalm, PhoneCode, Pin,
};
use bonafide_domain::consent::{Jurisdiction, MemberState};
use bonafide_domain::profile::Language;
use bonafide_store::organisation::access_point::Direction::{self, Both, Entry, Exit};
use bonafide_store::organisation::zone::ZoneKind;

/// A place of the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum House {
    North,
    Harbour,
    Salon,
    Shop,
}

impl House {
    pub(super) const ALL: [House; 4] = [House::North, House::Harbour, House::Salon, House::Shop];

    /// How many of a hundred members call it theirs.
    pub(super) const SHARES: [u32; 4] = [42, 33, 17, 8];

    pub(super) fn jurisdiction(self) -> Jurisdiction {
        match self {
            House::North => Jurisdiction::Russia,
            // Cyprus has set fourteen years.
            House::Harbour | House::Shop => {
                MemberState::with_consent_age(14).map_or(Jurisdiction::Other, Jurisdiction::EuropeanUnion)
            }
            House::Salon => Jurisdiction::China,
        }
    }

    pub(super) const fn site(self) -> &'static Site {
        match self {
            House::North => &NORTH,
            House::Harbour => &HARBOUR,
            House::Salon => &SALON,
            House::Shop => &SHOP,
        }
    }
}

/// What a zone is to the story.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Room {
    /// What lies behind the entrance.
    Floor,
    Pool,
    Classes,
    Vip,
    Solarium,
    Salt,
    Changing,
    Staff,
    Safe,
}

/// How a door is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Strictness {
    /// As a door is that nobody has set.
    Standard,
    /// Nobody comes in twice.
    Hard,
    /// A profile that is to be looked at is looked at first.
    ProfileFirst,
    /// A bracelet with the face or with a PIN.
    Two,
    /// A card that proves itself and a PIN.
    ProofAndPin,
    /// Once a day.
    OnceADay,
    /// A reader without a turnstile.
    NoTurnstile,
    /// Out of use.
    Closed,
}

pub(super) struct Site {
    pub(super) name: &'static str,
    pub(super) time_zone: &'static str,
    pub(super) currency: &'static str,
    pub(super) language: Language,
    /// The first minute and the first minute after, each day; nothing when it never closes.
    pub(super) opening: Option<(u16, u16)>,
    pub(super) zones: &'static [ZoneOf],
    pub(super) tills: &'static [&'static str],
}

pub(super) struct ZoneOf {
    pub(super) room: Room,
    pub(super) name: &'static str,
    pub(super) kind: ZoneKind,
    pub(super) capacity: Option<u32>,
    pub(super) lockers: u16,
    pub(super) doors: &'static [DoorOf],
}

pub(super) struct DoorOf {
    pub(super) name: &'static str,
    pub(super) direction: Direction,
    pub(super) methods: &'static [Method],
    pub(super) strictness: Strictness,
}

const fn zone(
    room: Room,
    name: &'static str,
    kind: ZoneKind,
    capacity: Option<u32>,
    doors: &'static [DoorOf],
) -> ZoneOf {
    ZoneOf { room, name, kind, capacity, lockers: 0, doors }
}

const fn door(
    name: &'static str,
    direction: Direction,
    methods: &'static [Method],
    strictness: Strictness,
) -> DoorOf {
    DoorOf { name, direction, methods, strictness }
}

/// What most doors of the clubs take.
const CARDS: &[Method] = &[CardNumber, DeviceKey];
const TURNSTILE: &[Method] = &[CardNumber, DeviceKey, PhoneCode];
const KIOSK: &[Method] = &[CardNumber, DeviceKey, PhoneCode, Face];
const VIP: &[Method] = &[CardNumber, Face, Pin];
const STAFF: &[Method] = &[CardProof, DeviceKey, Pin];
const SAFE: &[Method] = &[CardProof, Pin];

static NORTH: Site = Site {
    name: "Фитнес-клуб «Север»",
    time_zone: "Asia/Yekaterinburg",
    currency: "RUB",
    language: Language::Russian,
    opening: None,
    zones: &[
        zone(
            Room::Floor,
            "Тренажёрный зал",
            ZoneKind::Gym,
            Some(180),
            &[
                door("Турникет 1", Entry, TURNSTILE, Strictness::Hard),
                door("Турникет 2", Entry, TURNSTILE, Strictness::Hard),
                door("Киоск у входа", Entry, KIOSK, Strictness::Hard),
                door("Выход", Exit, CARDS, Strictness::Standard),
                door("Старый вход со двора", Entry, CARDS, Strictness::Closed),
            ],
        ),
        zone(
            Room::Pool,
            "Бассейн",
            ZoneKind::Pool,
            Some(40),
            &[door("Вход в бассейн", Both, CARDS, Strictness::Standard)],
        ),
        zone(
            Room::Classes,
            "Зал групповых занятий",
            ZoneKind::Hall,
            Some(24),
            &[door("Дверь зала", Both, CARDS, Strictness::Standard)],
        ),
        zone(
            Room::Vip,
            "VIP-зона",
            ZoneKind::Vip,
            Some(16),
            &[door("Дверь VIP", Both, VIP, Strictness::Two)],
        ),
        zone(
            Room::Solarium,
            "Солярий",
            ZoneKind::Spa,
            Some(3),
            &[door("Солярий", Both, CARDS, Strictness::OnceADay)],
        ),
        zone(
            Room::Salt,
            "Соляная комната",
            ZoneKind::Spa,
            Some(2),
            &[door("Соляная комната", Both, CARDS, Strictness::Standard)],
        ),
        ZoneOf {
            lockers: 40,
            ..zone(
                Room::Changing,
                "Раздевалка",
                ZoneKind::ChangingRoom,
                None,
                &[door("Раздевалка", Both, CARDS, Strictness::Standard)],
            )
        },
        zone(
            Room::Staff,
            "Служебные помещения",
            ZoneKind::Staff,
            None,
            &[door("Служебный вход", Both, STAFF, Strictness::Standard)],
        ),
        zone(
            Room::Safe,
            "Касса и сейф",
            ZoneKind::Safe,
            None,
            &[door("Сейф", Both, SAFE, Strictness::ProofAndPin)],
        ),
    ],
    tills: &["Ресепшн", "Фитнес-бар"],
};

static HARBOUR: Site = Site {
    name: "Harbour Club",
    time_zone: "Asia/Nicosia",
    currency: "EUR",
    language: Language::English,
    opening: None,
    zones: &[
        zone(
            Room::Floor,
            "Gym",
            ZoneKind::Gym,
            Some(140),
            &[
                door("Turnstile 1", Entry, TURNSTILE, Strictness::ProfileFirst),
                door("Turnstile 2", Entry, TURNSTILE, Strictness::ProfileFirst),
                door("Entrance kiosk", Entry, KIOSK, Strictness::ProfileFirst),
                door("Way out", Exit, CARDS, Strictness::Standard),
            ],
        ),
        zone(
            Room::Pool,
            "Pool",
            ZoneKind::Pool,
            Some(30),
            &[door("Pool door", Both, CARDS, Strictness::Standard)],
        ),
        zone(
            Room::Classes,
            "Studio",
            ZoneKind::Hall,
            Some(20),
            &[door("Studio door", Both, CARDS, Strictness::Standard)],
        ),
        zone(
            Room::Vip,
            "VIP lounge",
            ZoneKind::Vip,
            Some(12),
            &[door("VIP door", Both, VIP, Strictness::Two)],
        ),
        ZoneOf {
            lockers: 30,
            ..zone(
                Room::Changing,
                "Changing room",
                ZoneKind::ChangingRoom,
                None,
                &[door("Changing room", Both, CARDS, Strictness::Standard)],
            )
        },
        zone(
            Room::Staff,
            "Staff rooms",
            ZoneKind::Staff,
            None,
            &[door("Staff entrance", Both, STAFF, Strictness::Standard)],
        ),
    ],
    tills: &["Front desk", "Juice bar"],
};

static SALON: Site = Site {
    name: "静安美容沙龙",
    time_zone: "Asia/Shanghai",
    currency: "CNY",
    language: Language::Chinese,
    opening: Some((9 * 60, 22 * 60)),
    zones: &[
        zone(
            Room::Floor,
            "护理区",
            ZoneKind::Spa,
            Some(40),
            &[
                door(
                    "前台读卡器",
                    Entry,
                    &[CardNumber, DeviceKey, Face, FingerprintOrPalm],
                    Strictness::NoTurnstile,
                ),
                door("出口", Exit, CARDS, Strictness::NoTurnstile),
            ],
        ),
        zone(
            Room::Staff,
            "员工区",
            ZoneKind::Staff,
            None,
            &[door("员工门", Both, STAFF, Strictness::Standard)],
        ),
    ],
    tills: &["收银台"],
};

static SHOP: Site = Site {
    name: "Harbour Sports Shop",
    time_zone: "Asia/Nicosia",
    currency: "EUR",
    language: Language::English,
    opening: Some((9 * 60, 20 * 60)),
    zones: &[
        zone(Room::Floor, "Sales floor", ZoneKind::Other, None, &[]),
        zone(
            Room::Staff,
            "Stock room",
            ZoneKind::Staff,
            None,
            &[door("Stock room", Both, STAFF, Strictness::Standard)],
        ),
    ],
    tills: &["Till 1", "Till 2"],
};
