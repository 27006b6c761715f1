//! What a column can be, and the words by which people call it.

use serde::{Deserialize, Serialize};

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    /// The whole name in one cell.
    FullName,
    /// The family name.
    FamilyName,
    /// The given name.
    GivenName,
    /// The father's name.
    Patronymic,
    /// Phone numbers.
    Phone,
    /// An e-mail address.
    Email,
    /// The day of birth.
    BirthDate,
    /// Male or female.
    Sex,
    /// The number of a card or bracelet.
    Card,
    /// The category of member.
    Category,
    /// Tags, with commas between.
    Tags,
    /// Notes.
    Notes,
    /// A postal address.
    Address,
    /// Where the member heard of the club.
    Source,
    /// The balance of points.
    Points,
    /// How often the member came.
    Visits,
    /// The plan of the membership.
    Plan,
    /// The last day of the membership.
    PlanUntil,
    /// Since when the member is one.
    MemberSince,
    /// The last visit.
    LastVisit,
    /// Whether the member agreed to be written to.
    Consent,
}

/// What a header said about its column.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Header {
    /// The field, and how surely from 0 to 1.
    Field(Field, f32),
    /// Something that is known and not a member's.
    NotAMembers,
    /// Nothing.
    Unknown,
}

impl Field {
    /// Every field.
    pub const ALL: [Field; 21] = [
        Field::FullName,
        Field::FamilyName,
        Field::GivenName,
        Field::Patronymic,
        Field::Phone,
        Field::Email,
        Field::BirthDate,
        Field::Sex,
        Field::Card,
        Field::Category,
        Field::Tags,
        Field::Notes,
        Field::Address,
        Field::Source,
        Field::Points,
        Field::Visits,
        Field::Plan,
        Field::PlanUntil,
        Field::MemberSince,
        Field::LastVisit,
        Field::Consent,
    ];

    /// A stable name. It never changes once published.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Field::FullName => "full_name",
            Field::FamilyName => "family_name",
            Field::GivenName => "given_name",
            Field::Patronymic => "patronymic",
            Field::Phone => "phone",
            Field::Email => "email",
            Field::BirthDate => "birth_date",
            Field::Sex => "sex",
            Field::Card => "card",
            Field::Category => "category",
            Field::Tags => "tags",
            Field::Notes => "notes",
            Field::Address => "address",
            Field::Source => "source",
            Field::Points => "points",
            Field::Visits => "visits",
            Field::Plan => "plan",
            Field::PlanUntil => "plan_until",
            Field::MemberSince => "member_since",
            Field::LastVisit => "last_visit",
            Field::Consent => "consent",
        }
    }

    /// Whether several columns may hold it.
    #[must_use]
    pub fn may_repeat(self) -> bool {
        matches!(
            self,
            Field::Phone | Field::Email | Field::Card | Field::Tags | Field::Notes | Field::Address
        )
    }

    /// Whether a member can be found by it: a table without any of these is no list of members.
    #[must_use]
    pub fn identifies(self) -> bool {
        matches!(
            self,
            Field::FullName
                | Field::FamilyName
                | Field::GivenName
                | Field::Phone
                | Field::Email
                | Field::Card
        )
    }

    /// Whether it is a date, and of which use.
    #[must_use]
    pub fn date_use(self) -> Option<super::dates::DateUse> {
        match self {
            Field::BirthDate => Some(super::dates::DateUse::Birth),
            Field::PlanUntil | Field::MemberSince | Field::LastVisit => {
                Some(super::dates::DateUse::Membership)
            }
            _ => None,
        }
    }
}

/// Whole headers, folded as by [`fold`]; of those within a longer header the longest wins.
const WORDS: &[(Field, &[&str])] = &[
    (
        Field::FullName,
        &[
            "фио",
            "ф и о",
            "имя и фамилия",
            "фамилия и имя",
            "фамилия имя",
            "имя фамилия",
            "фамилия имя отчество",
            "клиент",
            "клиенты",
            "имя клиента",
            "гость",
            "посетитель",
            "покупатель",
            "пациент",
            "full name",
            "name",
            "client",
            "customer",
            "client name",
            "customer name",
            "member",
            "guest",
            "姓名",
            "客户",
            "客户姓名",
            "会员姓名",
            "会员",
            "名字",
        ],
    ),
    (
        Field::FamilyName,
        &["фамилия", "last name", "lastname", "surname", "family name", "姓", "姓氏", "прізвище"],
    ),
    (Field::GivenName, &["имя", "first name", "firstname", "given name", "forename", "名", "імя"]),
    (Field::Patronymic, &["отчество", "patronymic", "middle name", "по батькові"]),
    (
        Field::Phone,
        &[
            "телефон",
            "телефоны",
            "тел",
            "моб",
            "мобильный",
            "мобильный телефон",
            "сотовый",
            "сот",
            "номер телефона",
            "контактный телефон",
            "телефон клиента",
            "доп телефон",
            "whatsapp",
            "phone",
            "phone number",
            "mobile",
            "mobile phone",
            "cell",
            "cell phone",
            "telephone",
            "tel",
            "手机",
            "手机号",
            "手机号码",
            "电话",
            "联系电话",
            "电话号码",
        ],
    ),
    (
        Field::Email,
        &[
            "email",
            "e mail",
            "mail",
            "эл почта",
            "электронная почта",
            "почта",
            "имейл",
            "емейл",
            "эл адрес",
            "email address",
            "邮箱",
            "电子邮件",
            "电子邮箱",
        ],
    ),
    (
        Field::BirthDate,
        &[
            "дата рождения",
            "д р",
            "др",
            "день рождения",
            "рождение",
            "дата рожд",
            "родился",
            "birth date",
            "birthdate",
            "date of birth",
            "dob",
            "birthday",
            "born",
            "生日",
            "出生日期",
            "出生年月",
            "дата народження",
        ],
    ),
    (Field::Sex, &["пол", "sex", "gender", "性别", "стать"]),
    (
        Field::Card,
        &[
            "карта",
            "номер карты",
            "карта клиента",
            "дисконтная карта",
            "клубная карта",
            "карточка",
            "штрихкод",
            "штрих код",
            "браслет",
            "номер браслета",
            "абонемент номер",
            "card",
            "card number",
            "card no",
            "barcode",
            "membership number",
            "member id",
            "member no",
            "卡号",
            "会员卡",
            "会员卡号",
            "会员编号",
        ],
    ),
    (
        Field::Category,
        &[
            "категория",
            "категория клиента",
            "группа",
            "группа клиента",
            "статус",
            "уровень",
            "тип клиента",
            "category",
            "group",
            "level",
            "tier",
            "status",
            "会员等级",
            "等级",
            "类别",
            "分类",
        ],
    ),
    (Field::Tags, &["теги", "тег", "метки", "метка", "tags", "tag", "labels", "标签"]),
    (
        Field::Notes,
        &[
            "примечание",
            "примечания",
            "комментарий",
            "комментарии",
            "заметки",
            "заметка",
            "коммент",
            "особенности",
            "notes",
            "note",
            "comment",
            "comments",
            "remarks",
            "备注",
            "注释",
            "说明",
        ],
    ),
    (
        Field::Address,
        &[
            "адрес",
            "адрес проживания",
            "город",
            "address",
            "postal address",
            "city",
            "street",
            "地址",
            "住址",
        ],
    ),
    (
        Field::Source,
        &[
            "источник",
            "откуда узнали",
            "откуда",
            "рекламный источник",
            "как узнали",
            "source",
            "referral",
            "how found",
            "lead source",
            "来源",
            "客户来源",
        ],
    ),
    (
        Field::Points,
        &[
            "баллы",
            "бонусы",
            "бонусный баланс",
            "баланс бонусов",
            "остаток баллов",
            "баланс",
            "бонусные баллы",
            "points",
            "bonus",
            "balance",
            "points balance",
            "bonus points",
            "loyalty points",
            "积分",
            "会员积分",
            "积分余额",
        ],
    ),
    (
        Field::Visits,
        &[
            "визиты",
            "количество визитов",
            "кол во визитов",
            "число визитов",
            "посещений",
            "посещения",
            "визитов",
            "количество посещений",
            "visits",
            "visit count",
            "number of visits",
            "到店次数",
            "消费次数",
            "访问次数",
        ],
    ),
    (
        Field::Plan,
        &[
            "абонемент",
            "тариф",
            "тип абонемента",
            "вид абонемента",
            "план",
            "membership",
            "plan",
            "membership plan",
            "membership type",
            "subscription",
            "套餐",
            "会员套餐",
            "会籍",
        ],
    ),
    (
        Field::PlanUntil,
        &[
            "окончание",
            "дата окончания",
            "окончание абонемента",
            "абонемент до",
            "действует до",
            "действителен до",
            "годен до",
            "срок действия",
            "до",
            "end date",
            "expires",
            "expiry",
            "expiry date",
            "expiration",
            "valid until",
            "membership end",
            "到期",
            "到期日",
            "到期日期",
            "有效期",
            "有效期至",
        ],
    ),
    (
        Field::MemberSince,
        &[
            "дата регистрации",
            "регистрация",
            "дата создания",
            "клиент с",
            "добавлен",
            "первый визит",
            "дата первого визита",
            "member since",
            "created",
            "created at",
            "registered",
            "registration date",
            "join date",
            "joined",
            "first visit",
            "注册日期",
            "入会日期",
            "办卡日期",
            "注册时间",
        ],
    ),
    (
        Field::LastVisit,
        &[
            "последний визит",
            "дата последнего визита",
            "последнее посещение",
            "last visit",
            "last seen",
            "date of last visit",
            "最近到店",
            "最后到店",
            "上次到店",
        ],
    ),
    (
        Field::Consent,
        &[
            "согласие",
            "согласие на рассылку",
            "согласие на обработку",
            "рассылка",
            "sms рассылка",
            "consent",
            "marketing consent",
            "opt in",
            "newsletter",
            "subscribed",
            "同意",
            "是否同意",
            "接收短信",
        ],
    ),
];

/// Words that make a column somebody else's: the master's name, the salon's phone.
const OTHERS: &[&str] = &[
    "мастер",
    "мастера",
    "сотрудник",
    "сотрудника",
    "администратор",
    "администратора",
    "менеджер",
    "менеджера",
    "специалист",
    "специалиста",
    "тренер",
    "тренера",
    "филиал",
    "филиала",
    "салон",
    "салона",
    "услуга",
    "услуги",
    "employee",
    "staff",
    "master",
    "manager",
    "stylist",
    "trainer",
    "branch",
    "service",
    "员工",
    "技师",
    "门店",
    "顾问",
];

/// What a header says.
pub(super) fn of_header(header: &str) -> Header {
    let folded = fold(header);
    if folded.is_empty() {
        return Header::Unknown;
    }
    let phrases =
        || WORDS.iter().flat_map(|(field, phrases)| phrases.iter().map(move |phrase| (*field, *phrase)));
    if let Some((field, _)) = phrases().find(|(_, phrase)| *phrase == folded) {
        return Header::Field(field, 0.95);
    }
    if OTHERS.iter().any(|word| has_phrase(&folded, word)) {
        return Header::NotAMembers;
    }
    let longest =
        phrases().filter(|(_, phrase)| has_phrase(&folded, phrase)).max_by_key(|(_, phrase)| phrase.len());
    match longest {
        // A word of two letters in a long header says little.
        Some((field, phrase)) if phrase.chars().count() > 2 || !phrase.is_ascii() && is_wide(phrase) => {
            Header::Field(field, 0.75)
        }
        _ => Header::Unknown,
    }
}

/// Small letters and single spaces, without digits and signs.
pub(super) fn fold(header: &str) -> String {
    let letters = header.to_lowercase().replace('ё', "е").replace("e-mail", "email").replace('№', " номер ");
    let spaced: String = letters.chars().map(|c| if c.is_alphabetic() { c } else { ' ' }).collect();
    spaced.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether the phrase stands in the header as whole words; Chinese has none, so there a part will do.
fn has_phrase(folded: &str, phrase: &str) -> bool {
    if is_wide(phrase) {
        return folded.contains(phrase);
    }
    folded.match_indices(phrase).any(|(at, _)| {
        let before = folded[..at].chars().next_back();
        let after = folded[at + phrase.len()..].chars().next();
        before.is_none_or(|c| c == ' ') && after.is_none_or(|c| c == ' ')
    })
}

fn is_wide(phrase: &str) -> bool {
    phrase.chars().any(|c| ('\u{3400}'..='\u{9FFF}').contains(&c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_understood_in_three_languages() {
        for (header, field) in [
            ("Ф.И.О.", Field::FullName),
            ("ФИО клиента", Field::FullName),
            ("Фамилия", Field::FamilyName),
            ("Имя", Field::GivenName),
            ("Телефон (моб.)", Field::Phone),
            ("Тел. 2", Field::Phone),
            ("Дата рождения", Field::BirthDate),
            ("Д/Р", Field::BirthDate),
            ("№ карты", Field::Card),
            ("Бонусы, руб.", Field::Points),
            ("Абонемент", Field::Plan),
            ("Абонемент до", Field::PlanUntil),
            ("Кол-во визитов", Field::Visits),
            ("Откуда узнали о нас", Field::Source),
            ("E-mail", Field::Email),
            ("First name", Field::GivenName),
            ("Date of Birth (dd/mm)", Field::BirthDate),
            ("手机号码", Field::Phone),
            ("会员姓名", Field::FullName),
            ("出生日期", Field::BirthDate),
            ("积分", Field::Points),
        ] {
            assert!(matches!(of_header(header), Header::Field(found, _) if found == field), "{header}");
        }
        for header in ["Имя мастера", "Телефон салона", "Employee name", "技师姓名"]
        {
            assert_eq!(of_header(header), Header::NotAMembers, "{header}");
        }
        for header in ["", "№", "п/п", "Колонка", "xyz"] {
            assert!(!matches!(of_header(header), Header::Field(..)), "{header}");
        }
    }

    #[test]
    fn keys_are_what_a_saved_map_holds() {
        for field in Field::ALL {
            assert_eq!(serde_json::to_value(field).unwrap(), field.key());
        }
    }
}
