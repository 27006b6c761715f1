//! What the chain sells, and the texts that its members consent to.

use bonafide_domain::consent::{ConsentText, Modality, Purpose};
use bonafide_domain::id::{BranchId, ExtraId, ZoneId};
use bonafide_domain::money::{Currency, Money};
use bonafide_domain::plain_text::Title;
use bonafide_domain::plan::{CancellationRule, FreezeTerms, IncludedExtra, Length, PlanSpec, Reach, Start};
use bonafide_domain::profile::Language;
use bonafide_domain::schedule::{Schedule, WindowSpec};
use bonafide_store::audit::entry::Acting;
use bonafide_store::consents::texts::{NewText, put_in_force};
use bonafide_store::id::Id;
use bonafide_store::plans::{self, Plan, extra};
use bonafide_store::store::Work;
use jiff::civil::Weekday;

use super::chain::{Chain, next};
use super::sites::{House, Room};
use super::stop::{Allowed, Known, Stop};

/// What is sold at a house.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Offer {
    Day,
    Ten,
    Month,
    Morning,
    Year,
    Vip,
    Staff,
}

/// The plans of the chain.
#[derive(Clone)]
pub(super) struct Offers {
    plans: Vec<(House, Offer, Id)>,
}

impl Offers {
    pub(super) fn plan(&self, house: House, offer: Offer) -> Option<Id> {
        let fits = |&&(at, of, _): &&(House, Offer, Id)| (at, of) == (house, offer);
        self.plans.iter().find(fits).map(|(_, _, id)| *id)
    }
}

/// A plan: where, what, its name, and what it costs in whole units of the currency.
type Sold = (House, Offer, &'static str, i64);

const SOLD: [Sold; 18] = [
    (House::North, Offer::Day, "Разовое посещение", 700),
    (House::North, Offer::Ten, "10 посещений", 5_500),
    (House::North, Offer::Month, "Месяц", 3_900),
    (House::North, Offer::Morning, "Утренний месяц", 2_400),
    (House::North, Offer::Year, "Год", 29_900),
    (House::North, Offer::Vip, "VIP-год", 79_000),
    (House::North, Offer::Staff, "Служебный пропуск (Север)", 0),
    (House::Harbour, Offer::Day, "Day pass", 12),
    (House::Harbour, Offer::Ten, "10 visits", 90),
    (House::Harbour, Offer::Month, "Month", 55),
    (House::Harbour, Offer::Morning, "Morning month", 35),
    (House::Harbour, Offer::Year, "Year", 480),
    (House::Harbour, Offer::Vip, "VIP year", 1_200),
    (House::Harbour, Offer::Staff, "Staff pass (Harbour)", 0),
    (House::Salon, Offer::Ten, "十次卡", 1_980),
    (House::Salon, Offer::Year, "年卡", 6_800),
    (House::Salon, Offer::Staff, "员工通行证", 0),
    (House::Shop, Offer::Staff, "Staff pass (Shop)", 0),
];

/// Minor units of one whole unit of the three currencies.
const MINOR: i64 = 100;

/// Writes extras and plans.
pub(super) fn publish(work: &mut Work<'_, '_>, acting: &mut Acting, chain: &Chain) -> Result<Offers, Stop> {
    let mut extras = Vec::new();
    for name in ["Минута солярия", "Towel", "肩颈按摩"] {
        let id = extra::add(work, next(acting), &Title::parse(name).known("a name")?).allowed("an extra")?;
        extras.push(ExtraId(*id.bytes()));
    }
    let mut plans = Vec::new();
    for (house, offer, name, price) in SOLD {
        let plan = Plan { name: Title::parse(name).known("a name")?, note: None };
        let extra = extras.get(house as usize).filter(|_| matches!(offer, Offer::Year | Offer::Vip));
        let spec = spec(chain, house, offer, price * MINOR, extra.copied())?;
        plans.push((house, offer, plans::add(work, next(acting), &plan, spec).allowed("a plan")?));
    }
    Ok(Offers { plans })
}

fn spec(
    chain: &Chain,
    house: House,
    offer: Offer,
    price_minor: i64,
    extra: Option<ExtraId>,
) -> Result<PlanSpec, Stop> {
    let currency = Currency::parse(house.site().currency).known("a currency")?;
    let price = Money::parse(price_minor, currency).known("a price")?;
    let (length, visits) = match offer {
        Offer::Day => (Length::Days(1), None),
        Offer::Ten => (Length::Months(3), Some(10)),
        Offer::Month | Offer::Morning => (Length::Months(1), None),
        Offer::Year | Offer::Vip | Offer::Staff => (Length::Months(12), None),
    };
    let long = matches!(offer, Offer::Year | Offer::Vip);
    let ten = offer == Offer::Ten;
    let freezes = FreezeTerms { count_max: 4, total_days_max: 60, days_min: 3, days_max: 45 };
    let here = Reach::Only(vec![BranchId::from(chain.house(house).branch)]);
    Ok(PlanSpec {
        version: 1,
        length: Some(length),
        visits,
        schedule: if offer == Offer::Morning { mornings()? } else { Schedule::any_time() },
        zones: zones(chain, house, offer),
        branches: if long { Reach::All } else { here },
        freezes: long.then_some(freezes),
        guest_visits: if long { 6 } else { 0 },
        extras: extra.map(|extra| IncludedExtra { extra, count: 60 }).into_iter().collect(),
        price,
        start: if ten { Start::OnFirstVisit { within_days: 30 } } else { Start::OnPurchase },
        renews: matches!(offer, Offer::Month | Offer::Year),
        transferable: long,
        cancellation: if ten { CancellationRule::ByUnusedVisits } else { CancellationRule::ByUnusedDays },
    })
}

/// From Monday to Friday until noon.
fn mornings() -> Result<Schedule, Stop> {
    let weekdays = Weekday::Monday.cycle_forward().take(5).collect();
    Schedule::parse(&[WindowSpec { weekdays, from_minute: 6 * 60, until_minute: 12 * 60 }]).known("the hours")
}

/// A year opens both clubs but for the VIP rooms; what is shorter opens its own house.
fn zones(chain: &Chain, house: House, offer: Offer) -> Reach<ZoneId> {
    let open_to = |room: Room| match room {
        Room::Vip => offer == Offer::Vip,
        Room::Staff | Room::Safe => offer == Offer::Staff,
        Room::Floor | Room::Pool | Room::Classes | Room::Solarium | Room::Salt | Room::Changing => true,
    };
    let houses: &[House] = match (house, offer) {
        (House::North | House::Harbour, Offer::Year | Offer::Vip) => &[House::North, House::Harbour],
        _ => &[house],
    };
    let all = houses.iter().flat_map(|&house| chain.house(house).zones.iter());
    Reach::Only(all.filter(|(room, _)| open_to(*room)).map(|(_, zone)| ZoneId::from(*zone)).collect())
}

/// What members of a house are asked for. What is not biometric is asked of everybody in the house's own language.
pub(super) const ASKED: [(Modality, Purpose); 5] = [
    (Modality::Face, Purpose::Entry),
    (Modality::FingerprintOrPalm, Purpose::Entry),
    (Modality::ProfilePhoto, Purpose::StaffViewing),
    (Modality::Contact, Purpose::Marketing),
    (Modality::Profiling, Purpose::Marketing),
];

/// The texts in force, by house.
#[derive(Clone)]
pub(super) struct Texts {
    texts: Vec<(House, Modality, ConsentText)>,
}

impl Texts {
    pub(super) fn text(&self, house: House, modality: Modality) -> Option<ConsentText> {
        // The shop is under the law of the club beside it.
        let house = if house == House::Shop { House::Harbour } else { house };
        let fits = |&&(at, of, _): &&(House, Modality, ConsentText)| (at, of) == (house, modality);
        self.texts.iter().find(fits).map(|(_, _, text)| *text)
    }
}

/// Puts the texts in force. They are samples: a lawyer writes those of a club.
pub(super) fn put_texts(work: &mut Work<'_, '_>, acting: &mut Acting) -> Result<Texts, Stop> {
    let mut texts = Vec::new();
    for house in [House::North, House::Harbour, House::Salon] {
        let (jurisdiction, language) = (house.jurisdiction(), house.site().language);
        for (modality, purpose) in ASKED {
            let (content, separate_document) = (wording(language, modality).to_owned(), true);
            let new = NewText { jurisdiction, modality, purpose, language, separate_document, content };
            let hash = put_in_force(work, next(acting), &new).allowed("the text of a consent")?;
            texts.push((house, modality, ConsentText { hash, language, separate_document }));
        }
    }
    // What the shop asks for; whoever agrees at a door has not agreed to a till.
    let new = NewText {
        jurisdiction: House::Shop.jurisdiction(),
        modality: Modality::Face,
        purpose: Purpose::TillRecognition,
        language: Language::English,
        separate_document: true,
        content: "Sample. I agree that the shop keeps a template of my face and compares it at the till, so that I earn points \
            without a card. Without my consent I show my card on the same terms."
            .to_owned(),
    };
    put_in_force(work, next(acting), &new).allowed("the text of a consent")?;
    Ok(Texts { texts })
}

const fn wording(language: Language, modality: Modality) -> &'static str {
    use Modality::{Contact, Face, FingerprintOrPalm, ProfilePhoto, Profiling, Voice};
    match (language, modality) {
        (Language::Russian, Face | Voice) => {
            "Образец. Я согласен(-на), что при входе аккредитованный провайдер сравнивает моё лицо. Клуб не хранит шаблонов. \
             Без согласия вход по браслету на тех же условиях."
        }
        (Language::Russian, FingerprintOrPalm) => {
            "Образец. Я согласен(-на), что считыватель на входе узнаёт меня по ладони; шаблон остаётся в считывателе."
        }
        (Language::Russian, ProfilePhoto) => "Образец. Я согласен(-на), что сотрудники видят моё фото.",
        (Language::Russian, Contact) => "Образец. Я согласен(-на) получать предложения клуба.",
        (Language::Russian, Profiling) => {
            "Образец. Я согласен(-на), что клуб учитывает мои посещения в предложениях."
        }
        (Language::English, Face | Voice) => {
            "Sample. I agree that the club keeps a template of my face and compares it at the door. Without my consent I enter \
             by bracelet on the same terms."
        }
        (Language::English, FingerprintOrPalm) => {
            "Sample. I agree that the reader at the door knows my palm; its template stays in the reader."
        }
        (Language::English, ProfilePhoto) => "Sample. I agree that the staff see my photo.",
        (Language::English, Contact) => "Sample. I agree to receive offers of the club.",
        (Language::English, Profiling) => {
            "Sample. I agree that the club draws conclusions from my visits for its offers."
        }
        (Language::Chinese, Face | Voice) => {
            "范本。本人同意门口设备比对我的人脸；人脸信息仅保存在该设备中。不同意者可用手环同等通行。"
        }
        (Language::Chinese, FingerprintOrPalm) => {
            "范本。本人同意门口设备识别我的掌纹；信息仅保存在该设备中。"
        }
        (Language::Chinese, ProfilePhoto) => "范本。本人同意员工查看我的照片。",
        (Language::Chinese, Contact) => "范本。本人同意接收沙龙的优惠信息。",
        (Language::Chinese, Profiling) => "范本。本人同意沙龙根据我的到店情况提供优惠。",
    }
}
