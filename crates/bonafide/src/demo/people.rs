//! People who do not exist: names in three scripts, and how nobody is reached.
//!
//! Telephone numbers begin with what their country's plan gives to nobody (+7 0…, +86 12…) or keeps for films (the numbers
//! of Ofcom); addresses are in `.example`, which nobody can have. So a demo that is misused can call and write to nobody.

use bonafide_domain::profile::{EmailAddress, Language, PersonName, Phone};
use jiff::civil::Date;

use super::dice::Dice;

/// Somebody who does not exist.
pub(super) struct Person {
    pub(super) name: PersonName,
    pub(super) born: Date,
    pub(super) phone: Phone,
    pub(super) email: Option<EmailAddress>,
}

const SURNAMES_RU: &str = "Абрамов Агеев Баранов Белов Беляев Быков Виноградов Власов Волков Воробьёв Гаврилов Голубев \
    Григорьев Громов Гусев Давыдов Данилов Денисов Егоров Ершов Жуков Зайцев Захаров Зуев Иванов Ильин Калинин Карпов \
    Киселёв Климов Ковалёв Козлов Комаров Королёв Котов Крылов Кудрявцев Кузнецов Лебедев Макаров Максимов Медведев \
    Миронов Морозов Назаров Никитин Новиков Орлов Осипов Павлов Петров Поляков Попов Рябов Савельев Семёнов Сидоров \
    Смирнов Соболев Соколов Соловьёв Сорокин Тарасов Титов Фёдоров Филиппов Фомин Фролов Цветков Чернов Шилов Щербаков \
    Юдин Яковлев";

const MEN_RU: &str = "Александр Алексей Андрей Антон Артём Борис Вадим Виктор Владимир Георгий Глеб Денис Дмитрий Егор \
    Иван Кирилл Константин Леонид Максим Марат Михаил Никита Олег Павел Роман Руслан Семён Сергей Степан Тимур Фёдор";

const WOMEN_RU: &str = "Алёна Алина Алла Анастасия Анна Вера Виктория Галина Дарья Диана Екатерина Елена Жанна Зоя Инна \
    Ирина Карина Кристина Ксения Лариса Любовь Людмила Марина Мария Надежда Наталья Нина Ольга Полина Светлана Софья \
    Татьяна Ульяна Юлия Яна";

/// Fathers with their sons' ending; daughters change it.
const FATHERS_RU: &str = "Александрович Алексеевич Андреевич Борисович Викторович Владимирович Георгиевич Дмитриевич \
    Евгеньевич Иванович Игоревич Константинович Максимович Михайлович Николаевич Олегович Павлович Петрович Романович \
    Сергеевич Степанович Юрьевич";

const SURNAMES_EN: &str = "Adams Andreou Bailey Baker Bennett Brooks Byrne Carter Charalambous Christou Clarke Cole Cooper \
    Costa Davies Demetriou Dixon Doyle Edwards Ellis Evans Fisher Fletcher Foster Fox Georgiou Gray Green Hall Hamilton \
    Harris Hill Hughes Hunt Hunter Ioannou Jenkins Kelly Khan King Knight Kowalski Kyriakou Lewis Lloyd Martin Mason \
    Michaelides Mills Moore Morgan Murphy Nicolaou Nolan Novak O'Brien O'Connor Owen Palmer Papadopoulos Parker Patel \
    Pavlou Pearce Perez Price Quinn Reid Richards Rossi Ryan Savvides Schmidt Scott Shaw Silva Singh Stavrou Stone Taylor \
    Thompson Turner Walker Walsh Ward Webb West White Wilson Wood Wright Young";

const GIVEN_EN: &str = "Adam Alice Amelia Andrea Andreas Anna Ben Charlotte Chloe Christos Claire Daniel David Elena Eleni \
    Ella Emily Emma Ethan Eva Freya George Grace Hannah Harry Helen Holly Isabel Jack James Jessica Joanna John Julia Kate \
    Laura Leo Liam Lucy Luke Maria Marios Mark Max Megan Mia Michael Nathan Nicola Nikos Noah Olivia Oscar Panayiotis Paul \
    Peter Phoebe Rachel Robert Ruby Ryan Sarah Sean Sofia Sophie Stella Theo Thomas Victoria William Zoe";

const SURNAMES_ZH: &str = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗高梁郑谢宋唐许韩邓冯曹彭曾萧田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢沈钟姜崔谭陆";

const GIVEN_ZH: &str = "安宝斌博畅晨成楚丹东恩方飞枫刚格冠光国海涵航皓和恒虹华欢辉慧佳嘉健洁静娟君凯可兰乐蕾丽莉立林玲露璐\
    曼梅萌敏明鸣娜宁鹏平琪倩强晴然蓉瑞若珊诗爽思松涛婷桐文雯溪霞贤翔晓欣鑫星雪雅妍燕阳怡艺毅英莹颖勇雨玉远悦云泽珍志忠卓子";

/// What the addresses are made of. Their domains end in a name that nobody can register.
const MAILBOXES: &str = "a.b club fitness hello home info me post sport team";

/// Ranges of telephone numbers that Ofcom keeps for films: what stands before the last three digits.
const FILM_NUMBERS_UK: [&str; 5] = ["+447700900", "+441632960", "+442079460", "+441414960", "+441134960"];

/// One of them: made of the seed and his number alone. He is at least so many years old `today`.
pub(super) fn person(
    seed: u64,
    number: usize,
    script: Language,
    (youngest, today): (i16, Date),
) -> Option<Person> {
    let dice = &mut Dice::of(seed ^ 0x5045_4f50_4c45, number as u64);
    let name = match script {
        Language::Russian => russian(dice),
        Language::English => english(dice),
        Language::Chinese => chinese(dice),
    }?;
    // Most are between twenty and forty.
    let age = youngest + (dice.share() * dice.share() * 64.0) as i16;
    let born = Date::new(today.year() - age - 1, 1 + dice.below(12) as i8, 1 + dice.below(28) as i8).ok()?;
    let email = dice.percent(70).then(|| format!("{}{number}@demo.example", word(dice, MAILBOXES)));
    Some(Person {
        name,
        born,
        phone: phone(script, number)?,
        email: email.and_then(|address| EmailAddress::parse(&address).ok()),
    })
}

fn word(dice: &mut Dice, list: &'static str) -> &'static str {
    let count = list.split_whitespace().count();
    list.split_whitespace().nth(dice.below(count)).unwrap_or("")
}

fn russian(dice: &mut Dice) -> Option<PersonName> {
    let (surname, father) = (word(dice, SURNAMES_RU), word(dice, FATHERS_RU));
    if dice.percent(45) {
        return PersonName::parse(word(dice, MEN_RU), surname, father).ok();
    }
    let father = format!("{}на", father.strip_suffix("ич").unwrap_or(father));
    PersonName::parse(word(dice, WOMEN_RU), &format!("{surname}а"), &father).ok()
}

fn english(dice: &mut Dice) -> Option<PersonName> {
    let mut surname = word(dice, SURNAMES_EN).to_owned();
    if dice.percent(4) {
        surname = format!("{surname}-{}", word(dice, SURNAMES_EN));
    }
    PersonName::parse(word(dice, GIVEN_EN), &surname, "").ok()
}

fn chinese(dice: &mut Dice) -> Option<PersonName> {
    let mut character = |list: &str| list.chars().nth(dice.below(list.chars().count()));
    let surname = character(SURNAMES_ZH)?.to_string();
    let mut given = character(GIVEN_ZH)?.to_string();
    given.extend(character(GIVEN_ZH).filter(|second| !given.contains(*second)));
    PersonName::parse(&given, &surname, "").ok()
}

fn phone(script: Language, number: usize) -> Option<Phone> {
    let text = match script {
        Language::Russian => format!("+7000{number:07}"),
        Language::Chinese => format!("+8612{number:09}"),
        Language::English => {
            let range = FILM_NUMBERS_UK[(number / 1_000) % FILM_NUMBERS_UK.len()];
            format!("{range}{:03}", number % 1_000)
        }
    };
    Phone::parse(&text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_has_a_name_of_his_script_and_nobody_can_be_reached() {
        let today = Date::constant(2026, 11, 26);
        let is_nobodys = |phone: &str| {
            ["+7000", "+8612"].iter().chain(&FILM_NUMBERS_UK).any(|beginning| phone.starts_with(beginning))
        };
        for script in Language::ALL {
            let mut names = std::collections::HashSet::new();
            for number in 0..2_000 {
                let made = person(5, number, script, (16, today)).unwrap();
                assert!(is_nobodys(made.phone.as_str()));
                assert!(made.email.is_none_or(|email| email.canonical().ends_with(".example")));
                let age = bonafide_domain::profile::BirthDate::parse(made.born, today).unwrap().age_on(today);
                assert!((16..=81).contains(&age), "{age}");
                names.insert(made.name.full());
            }
            assert!(names.len() > 1_500, "{script:?}: {}", names.len());
        }
    }

    #[test]
    fn russian_endings_agree() {
        for number in 0..500 {
            let made = person(9, number, Language::Russian, (16, Date::constant(2026, 1, 1))).unwrap();
            let (family, middle) =
                (made.name.family().unwrap().to_owned(), made.name.middle().unwrap().to_owned());
            assert_eq!(family.ends_with('а'), middle.ends_with("вна"), "{family} {middle}");
        }
    }
}
