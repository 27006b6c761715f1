//! What happens at the desk: somebody joins, buys, freezes, loses his card.

use bonafide_domain::access_method::Method;
use bonafide_domain::calendar::{DateSpan, days_after};
use bonafide_domain::card::{ByteOrder, CardNumber};
use bonafide_domain::consent::{
    Channel, ConsentRecord, Evidence, Giver, Keeping, Modality, ProviderDecision, ProviderResult, Purpose,
    Term, VendorReference,
};
use bonafide_domain::credential::BlockReason;
use bonafide_domain::id::{ConsentId, StaffId};
use bonafide_domain::profile::{BirthDate, Category, Tag};
use bonafide_store::consents::{self, Question};
use bonafide_store::credentials::content::{Content, DeviceKey, Trait};
use bonafide_store::credentials::{self, NewCredential};
use bonafide_store::id::Id;
use bonafide_store::members;
use bonafide_store::members::profile::Profile;
use bonafide_store::memberships::sale::{Order, sell};
use bonafide_store::memberships::{Asked, command};
use bonafide_store::passages::suspension::{Reason, suspend as keep_out};
use bonafide_store::store::Work;
use jiff::civil::Date;

use super::crowd::{DAY_US, Fate, Member, Role};
use super::dice::Dice;
use super::offers::{ASKED, Offer};
use super::people::Person;
use super::sites::House;
use super::stop::{Allowed, Known, Stop};
use super::story::{Going, World};

/// From this age on everybody consents alone, whatever the law of the house.
const ADULT_YEARS: u8 = 18;

/// How long somebody's card holds who plays the one with the expired card.
const EXPIRES_AFTER_DAYS: i64 = 30;

/// Somebody becomes a member: profile, consents, what he carries.
pub(super) fn join(
    work: &mut Work<'_, '_>,
    world: &World,
    going: &mut Going,
    who: usize,
) -> Result<(), Stop> {
    let member = &world.crowd[who];
    let today = going.date(&world.house(who).calendar)?;
    let person = member.person(world.seed, today).known("a person")?;
    let born = BirthDate::parse(person.born, today).known("a day of birth")?;
    let is_adult = born.age_on(today) >= ADULT_YEARS;
    let profile = profile(world, going, member, (person, born), today)?;
    let (id, _) = members::add(work, &going.desk(), &profile)?;
    going.life(who).member = Some(id);
    let dice = &mut Dice::of(world.seed ^ 0x4A4F_494E, who as u64);
    if is_adult {
        agree(work, world, going, (who, id), dice, today)?;
    }
    carry(work, world, going, who, dice)?;
    if is_adult && member.biometric {
        be_known(work, world, going, who, today)?;
    }
    Ok(())
}

fn profile(
    world: &World,
    going: &Going,
    member: &Member,
    (person, born): (Person, BirthDate),
    today: Date,
) -> Result<Profile, Stop> {
    let dice = &mut Dice::of(world.seed ^ 0x0050_524F_4649_4C45, member.number as u64);
    let tags: &[&str] = match member.offer {
        Some(Offer::Staff) => &["staff"],
        _ if dice.percent(12) => &["yoga"],
        _ if dice.percent(8) => &["corporate"],
        _ => &[],
    };
    let sources = ["recommended", "website", "passing by", "corporate", "social network"];
    let category = match member.offer {
        Some(Offer::Vip) => Category::Vip,
        _ if world.now_us - going.clock_us > 60 * DAY_US => Category::Regular,
        _ => Category::New,
    };
    Ok(Profile {
        birth: Some(born),
        phones: vec![person.phone],
        emails: person.email.into_iter().collect(),
        category,
        tags: tags.iter().map(|tag| Tag::parse(tag)).collect::<Result<_, _>>().known("a tag")?,
        language: Some(member.script),
        source: Some((*dice.one(&sources)).to_owned()),
        home_branch: Some(world.chain.house(member.house).branch),
        check_due: if member.check_due { days_after(today, 20) } else { None },
        ..Profile::named(person.name)
    })
}

/// The consents that he gives, on paper.
fn agree(
    work: &mut Work<'_, '_>,
    world: &World,
    going: &Going,
    (who, id): (usize, Id),
    dice: &mut Dice,
    today: Date,
) -> Result<(), Stop> {
    let member = &world.crowd[who];
    for (modality, purpose) in ASKED {
        let agrees = match modality {
            Modality::Face | Modality::FingerprintOrPalm | Modality::Voice => body(member) == Some(modality),
            Modality::Contact => dice.percent(62),
            Modality::Profiling => dice.percent(21),
            Modality::ProfilePhoto => dice.percent(35),
        };
        let Some(text) = world.texts.text(member.house, modality).filter(|_| agrees) else { continue };
        let record = ConsentRecord {
            id: ConsentId(*dice.id().bytes()),
            member: id.into(),
            giver: Giver::Subject,
            text,
            modality,
            purpose,
            term: Term::WhilePurposeLasts,
            channel: Channel::Paper,
            evidence: Evidence::parse(&format!("demo form {who}")).known("the evidence of a consent")?,
            operator: Some(StaffId(*Dice::new(world.seed).id().bytes())),
            given_at_us: going.clock_us,
            given_on: today,
        };
        consents::give(work, &going.desk(), &record).allowed("a consent")?;
    }
    Ok(())
}

/// By what of his body a member is known, if he is. No face is kept of people who have none: see [`super::faces`].
fn body(member: &Member) -> Option<Modality> {
    match member.house {
        _ if !member.biometric => None,
        House::North => Some(Modality::Face),
        House::Salon if member.number.is_multiple_of(2) => Some(Modality::Face),
        House::Salon => Some(Modality::FingerprintOrPalm),
        House::Harbour | House::Shop => None,
    }
}

/// The number of the n-th card of a member. Those of the twins differ in what a short reader does not read.
pub(super) fn card_number(world: &World, who: usize, nth: u64) -> Result<CardNumber, Stop> {
    let bytes = match world.crowd[who].plays() {
        Some(Role::Twin1) => 0x0411_5A5A,
        Some(Role::Twin2) => 0x0511_5A5A,
        _ => Dice::of(world.seed ^ (0x4341_5244 + nth), who as u64).next() as u32 | 1,
    };
    CardNumber::from_hex(&format!("{bytes:08X}"), ByteOrder::AsOnCard).known("the number of a card")
}

/// Issues what is not biometric.
fn carry(
    work: &mut Work<'_, '_>,
    world: &World,
    going: &mut Going,
    who: usize,
    dice: &mut Dice,
) -> Result<(), Stop> {
    let member = &world.crowd[who];
    let number = card_number(world, who, 0)?;
    let in_clubs = matches!(member.house, House::North | House::Harbour);
    let content = if in_clubs { Content::Bracelet(number) } else { Content::Card(number) };
    let expires = member.fate == Fate::Plays(Role::ExpiredCard);
    let until_us = expires.then(|| going.clock_us + EXPIRES_AFTER_DAYS * DAY_US);
    let card = issue(work, going, who, content, until_us, dice)?;
    let life = going.life(who);
    (life.card, life.bunch.card) = (Some(card), Some(number));
    life.bunch.proves = member.offer == Some(Offer::Staff);
    if member.device {
        let key =
            DeviceKey::of(&[*dice.id().bytes(), *dice.id().bytes()].concat()).known("a device's key")?;
        issue(work, going, who, Content::VirtualCard(key.clone()), None, dice)?;
        going.life(who).bunch.device = Some(key);
    }
    let has_pin = matches!(member.offer, Some(Offer::Vip | Offer::Staff));
    if has_pin || member.plays() == Some(Role::NotVip) {
        let pin = issue(work, going, who, Content::Pin(world.pin.clone()), None, dice)?;
        going.life(who).bunch.pin = Some(pin);
    }
    Ok(())
}

fn issue(
    work: &mut Work<'_, '_>,
    going: &Going,
    who: usize,
    content: Content,
    until_us: Option<i64>,
    dice: &mut Dice,
) -> Result<Id, Stop> {
    let new = NewCredential { member: going.member(who)?, content, until_us, limited: None };
    let done = credentials::issue(work, &going.desk(), dice.id(), &new, None).allowed("a credential")?;
    Ok(done.credential)
}

/// Issues what is biometric and compared elsewhere.
fn be_known(
    work: &mut Work<'_, '_>,
    world: &World,
    going: &mut Going,
    who: usize,
    today: Date,
) -> Result<(), Stop> {
    let member = &world.crowd[who];
    let Some(modality) = body(member) else { return Ok(()) };
    // The consent was given at this very moment, and one from the future is not there yet.
    going.tick(1);
    let (jurisdiction, purpose) = (member.house.jurisdiction(), Purpose::Entry);
    let (id, now_us) = (going.member(who)?, going.clock_us);
    let question = Question { jurisdiction, member: id, modality, purpose, now_us, today };
    let content = match (member.house, modality) {
        (House::North, _) => {
            let decision = ProviderDecision::Confirmed;
            let result = ProviderResult::parse(&format!("demo-{who}"), decision, &format!("enrol-{who}"));
            Content::AtProvider(Trait::Face, result.known("a provider's answer")?)
        }
        (_, of) => {
            let of = if of == Modality::Face { Trait::Face } else { Trait::Palm };
            Content::InDevice(of, VendorReference::parse(&format!("demo-{who}")).known("a reference")?)
        }
    };
    let keeping = if member.house == House::North { Keeping::AtProvider } else { Keeping::InDevice };
    let asked = consents::may_enrol(work.tx, work.vault, &question, keeping, Some(Method::CardNumber));
    let permit = asked.allowed("an enrolment")?;
    let new = NewCredential { member: id, content: content.clone(), until_us: None, limited: None };
    let operation = going.dice.id();
    credentials::issue(work, &going.desk(), operation, &new, Some(permit))
        .allowed("a biometric credential")?;
    let bunch = &mut going.life(who).bunch;
    match content {
        Content::AtProvider(_, result) => bunch.provider = Some(result),
        Content::InDevice(of, reference) => bunch.vendor = Some((of, reference)),
        _ => {}
    }
    Ok(())
}

/// Somebody buys something that counts from so many days later.
pub(super) fn buy(
    work: &mut Work<'_, '_>,
    world: &World,
    going: &mut Going,
    who: usize,
    (offer, days_ahead): (Offer, i64),
) -> Result<(), Stop> {
    let house = world.house(who);
    let plan = world.offers.plan(world.crowd[who].house, offer).known("a plan")?;
    let on = days_after(going.date(&house.calendar)?, days_ahead).known("a date")?;
    let asked = Asked { operation: going.dice.id(), on };
    let order =
        Order { asked, member: going.member(who)?, branch: house.branch, plan, version: 1, paid: None };
    let sold = sell(work, &going.desk(), &order).allowed("a sale")?;
    going.life(who).membership = Some(sold.membership);
    going.memberships += 1;
    Ok(())
}

fn asked(world: &World, going: &mut Going, who: usize) -> Result<Asked, Stop> {
    let on = going.date(&world.house(who).calendar)?;
    Ok(Asked { operation: going.dice.id(), on })
}

/// His membership rests from tomorrow on, until after the demo's now. He may have begun none: then nothing rests.
pub(super) fn freeze(
    work: &mut Work<'_, '_>,
    world: &World,
    going: &mut Going,
    who: usize,
) -> Result<(), Stop> {
    let Some(membership) = going.lives[who].membership else { return Ok(()) };
    let asked = asked(world, going, who)?;
    let left_days = (world.now_us - going.clock_us) / DAY_US;
    let days = (left_days + going.dice.within(4, 20)).clamp(3, 45);
    let from = days_after(asked.on, 1).known("a date")?;
    let span = DateSpan::parse(from, days_after(from, days).known("a date")?).known("a freeze")?;
    let frozen = command::freeze(work, &going.desk(), membership, asked, span)?;
    going.life(who).gone = frozen.is_ok();
    Ok(())
}

/// He wants his money back.
pub(super) fn cancel(
    work: &mut Work<'_, '_>,
    world: &World,
    going: &mut Going,
    who: usize,
) -> Result<(), Stop> {
    let Some(membership) = going.lives[who].membership else { return Ok(()) };
    let asked = asked(world, going, who)?;
    // What is over already is not cancelled; he comes no more all the same.
    let _over_already = command::cancel(work, &going.desk(), membership, asked)?.err();
    going.life(who).gone = true;
    Ok(())
}

/// The club keeps him out.
pub(super) fn suspend(work: &mut Work<'_, '_>, going: &mut Going, who: usize) -> Result<(), Stop> {
    let (operation, reason) = (going.dice.id(), *going.dice.one(&[Reason::Conduct, Reason::Debt]));
    let about = (going.member(who)?, reason);
    keep_out(work, &going.desk(), operation, about, None).allowed("a suspension")
}

/// He says that his card is lost.
pub(super) fn lose_card(work: &mut Work<'_, '_>, going: &mut Going, who: usize) -> Result<(), Stop> {
    let (card, operation) = (going.lives[who].card.known("a card")?, going.dice.id());
    credentials::report_loss(work, &going.desk(), operation, card).allowed("a loss")?;
    Ok(())
}

/// He gets another.
pub(super) fn replace_card(
    work: &mut Work<'_, '_>,
    world: &World,
    going: &mut Going,
    who: usize,
) -> Result<(), Stop> {
    let number = card_number(world, who, 1)?;
    let dice = &mut going.dice.clone();
    let card = issue(work, going, who, Content::Bracelet(number), None, dice)?;
    going.dice = dice.clone();
    let life = going.life(who);
    (life.card, life.bunch.card) = (Some(card), Some(number));
    Ok(())
}

/// His card is stopped.
pub(super) fn block_card(work: &mut Work<'_, '_>, going: &mut Going, who: usize) -> Result<(), Stop> {
    let (card, operation) = (going.lives[who].card.known("a card")?, going.dice.id());
    let reason = *going.dice.one(&[BlockReason::Misuse, BlockReason::SuspectedCopy, BlockReason::Debt]);
    credentials::block(work, &going.desk(), operation, card, reason).allowed("a block")?;
    Ok(())
}

/// He uses all his visits, noted by hand at the desk.
pub(super) fn use_up(
    work: &mut Work<'_, '_>,
    world: &World,
    going: &mut Going,
    who: usize,
) -> Result<(), Stop> {
    let membership = going.lives[who].membership.known("a membership")?;
    let first = asked(world, going, who)?;
    command::start(work, &going.desk(), membership, first).allowed("a beginning")?;
    for _ in 0..10 {
        let asked = asked(world, going, who)?;
        command::use_visit(work, &going.desk(), membership, asked).allowed("a visit")?;
        going.tick(1);
    }
    Ok(())
}
