//! Chinese names: found by any of their last characters, by pinyin without tones, and by initials.
//!
//! 王小明 is found as 王小明, 小明, 明 and 王; as wangxiaoming, xiaoming, ming and wang; and as wxm. Who types a part of
//! one of these types the beginning of it, so that "xiao" and 王小 are found too.

use pinyin::ToPinyin;

use super::{Forms, Text, add, characters, text};
use crate::search::limits::{HAN_JOINED_MAX, HAN_TAILS_MAX, READINGS_MAX};

/// Stands before initials, so that wxm is not taken for a syllable.
pub(in crate::search) const INITIALS: char = '=';

/// Characters that are read otherwise when they are a surname; the library knows only the reading that is most used.
/// If both occur, the first is the more frequent.
const SURNAMES: &[(char, &[&str])] = &[
    ('万', &["wan"]),
    ('乐', &["yue", "le"]),
    ('仇', &["qiu"]),
    ('任', &["ren"]),
    ('会', &["gui"]),
    ('佴', &["nai"]),
    ('冼', &["xian"]),
    ('区', &["ou"]),
    ('卜', &["bu"]),
    ('单', &["shan"]),
    ('單', &["shan"]),
    ('召', &["shao"]),
    ('员', &["yun"]),
    ('呙', &["guo"]),
    ('哈', &["ha"]),
    ('墨', &["mo"]),
    ('宁', &["ning"]),
    ('宓', &["mi", "fu"]),
    ('尉', &["wei", "yu"]),
    ('尹', &["yin"]),
    ('折', &["she"]),
    ('晁', &["chao"]),
    ('曾', &["zeng"]),
    ('朴', &["piao", "pu"]),
    ('查', &["zha"]),
    ('柏', &["bai", "bo"]),
    ('洗', &["xian"]),
    ('牟', &["mu", "mou"]),
    ('盖', &["gai", "ge"]),
    ('祭', &["zhai", "ji"]),
    ('秘', &["bi"]),
    ('种', &["chong"]),
    ('重', &["chong"]),
    ('纪', &["ji"]),
    ('繁', &["po"]),
    ('缪', &["miao"]),
    ('翟', &["zhai", "di"]),
    ('能', &["nai"]),
    ('解', &["xie"]),
    ('覃', &["qin", "tan"]),
    ('谌', &["chen", "shen"]),
    ('贾', &["jia"]),
    ('车', &["che"]),
    ('逄', &["pang"]),
    ('那', &["na"]),
    ('都', &["du"]),
    ('郇', &["xun", "huan"]),
    ('长', &["chang", "zhang"]),
    ('阚', &["kan"]),
    ('隗', &["wei", "kui"]),
    ('葛', &["ge"]),
    ('薄', &["bo"]),
    ('黑', &["he"]),
    ('石', &["shi"]),
    ('盛', &["sheng"]),
    ('曲', &["qu"]),
];

/// Surnames of two characters, with their sound.
const COMPOUND_SURNAMES: &[(&str, [&str; 2])] = &[
    ("欧阳", ["ou", "yang"]),
    ("歐陽", ["ou", "yang"]),
    ("司马", ["si", "ma"]),
    ("司馬", ["si", "ma"]),
    ("上官", ["shang", "guan"]),
    ("诸葛", ["zhu", "ge"]),
    ("諸葛", ["zhu", "ge"]),
    ("司徒", ["si", "tu"]),
    ("东方", ["dong", "fang"]),
    ("独孤", ["du", "gu"]),
    ("南宫", ["nan", "gong"]),
    ("夏侯", ["xia", "hou"]),
    ("皇甫", ["huang", "fu"]),
    ("尉迟", ["yu", "chi"]),
    ("公孙", ["gong", "sun"]),
    ("慕容", ["mu", "rong"]),
    ("令狐", ["ling", "hu"]),
    ("长孙", ["zhang", "sun"]),
    ("宇文", ["yu", "wen"]),
    ("轩辕", ["xuan", "yuan"]),
    ("端木", ["duan", "mu"]),
    ("百里", ["bai", "li"]),
    ("呼延", ["hu", "yan"]),
    ("澹台", ["tan", "tai"]),
    ("万俟", ["mo", "qi"]),
    ("单于", ["chan", "yu"]),
    ("闻人", ["wen", "ren"]),
    ("太史", ["tai", "shi"]),
    ("钟离", ["zhong", "li"]),
    ("申屠", ["shen", "tu"]),
    ("西门", ["xi", "men"]),
    ("拓跋", ["tuo", "ba"]),
];

/// Characters of given names with a second reading that parents really use.
const GIVEN: &[(char, &[&str])] = &[
    ('乐', &["le", "yue"]),
    ('行', &["xing", "hang"]),
    ('长', &["chang", "zhang"]),
    ('朝', &["chao", "zhao"]),
    ('茜', &["qian", "xi"]),
    ('晟', &["sheng", "cheng"]),
    ('重', &["zhong", "chong"]),
    ('觉', &["jue", "jiao"]),
    ('柏', &["bai", "bo"]),
    ('朴', &["pu", "piao"]),
    ('盛', &["sheng", "cheng"]),
    ('曾', &["zeng", "ceng"]),
    ('解', &["jie", "xie"]),
    ('参', &["can", "shen"]),
    ('奇', &["qi", "ji"]),
    ('秘', &["mi", "bi"]),
    ('车', &["che", "ju"]),
    ('珂', &["ke"]),
    ('莘', &["xin", "shen"]),
    ('圳', &["zhen"]),
    ('娜', &["na", "nuo"]),
    ('红', &["hong"]),
];

/// A character and every way to read it here.
type Syllables = Vec<&'static str>;

pub(super) fn forms(word: &str, forms: &mut Forms) {
    let chars = characters(word.chars(), word.len());
    let surname = surname_length(&chars);
    for tail in 0..chars.len().min(HAN_TAILS_MAX) {
        add(&mut forms.spelled, text(chars[tail..].iter().copied()));
        let surname = if tail == 0 { surname } else { 0 };
        for sound in readings(&syllables(&chars[tail..], surname)) {
            add(&mut forms.spelled, sound);
        }
    }
    if surname > 0 {
        add(&mut forms.spelled, text(chars[..surname].iter().copied()));
        for sound in readings(&syllables(&chars[..surname], surname)) {
            add(&mut forms.spelled, sound);
        }
        forms.alike = initials(&syllables(&chars, surname));
    }
}

/// How a query of Chinese characters may sound, whether or not it begins with a surname.
pub(super) fn sounds(word: &str) -> Vec<Text> {
    let chars = characters(word.chars(), word.len());
    let mut found = Vec::new();
    for surname in [surname_length(&chars), 1, 0] {
        for sound in readings(&syllables(&chars, surname)) {
            add(&mut found, sound);
        }
    }
    found
}

/// What a query in Latin letters is among the initials, if it may be some.
pub(super) fn initials_sought(latin: &str) -> Option<Text> {
    let short = (2..=HAN_JOINED_MAX).contains(&latin.len());
    let may_be = short && latin.bytes().all(|letter| letter.is_ascii_lowercase());
    may_be.then(|| text(std::iter::once(INITIALS).chain(latin.chars())))
}

/// How many of the first characters are the surname; none in what is too short or too long to be a Chinese name.
fn surname_length(chars: &[char]) -> usize {
    let is = |surname: &str| surname.chars().eq(chars.iter().take(2).copied());
    match chars.len() {
        3..=4 if COMPOUND_SURNAMES.iter().any(|(surname, _)| is(surname)) => 2,
        2..=4 => 1,
        _ => 0,
    }
}

/// The readings of each character, if it begins with a surname of so many; empty if one cannot be read.
fn syllables(chars: &[char], surname: usize) -> Vec<Syllables> {
    let compound = || {
        let is = |surname: &str| surname.chars().eq(chars.iter().take(2).copied());
        COMPOUND_SURNAMES.iter().find(|(surname, _)| is(surname)).map(|(_, sounds)| sounds)
    };
    let compound = if surname == 2 { compound() } else { None };
    let each = chars.iter().enumerate().map(|(at, c)| match compound {
        Some(sounds) if at < 2 => vec![sounds[at]],
        _ => readings_of(*c, at < surname),
    });
    let all: Vec<Syllables> = each.collect();
    if all.iter().any(Vec::is_empty) { Vec::new() } else { all }
}

fn readings_of(c: char, surname: bool) -> Syllables {
    let listed = |table: &[(char, &'static [&'static str])]| {
        table.iter().find(|(listed, _)| *listed == c).map(|(_, sounds)| sounds.to_vec())
    };
    let from_table = if surname { listed(SURNAMES) } else { listed(GIVEN) };
    from_table.unwrap_or_else(|| match c.to_pinyin().map(pinyin::Pinyin::plain) {
        // What passports and keyboards make of ü.
        Some("lü") => vec!["lu", "lv", "lyu"],
        Some("nü") => vec!["nu", "nv", "nyu"],
        Some("lüe") => vec!["lue", "lve", "lyue"],
        Some("nüe") => vec!["nue", "nve", "nyue"],
        Some(plain) if plain.is_ascii() => vec![plain],
        _ => Vec::new(),
    })
}

/// Every way to read the syllables one after the other, up to a limit.
fn readings(syllables: &[Syllables]) -> Vec<Text> {
    combine(syllables, |syllable| syllable)
}

fn initials(syllables: &[Syllables]) -> Vec<Text> {
    let mut found = Vec::new();
    for letters in combine(syllables, |syllable| &syllable[..1]) {
        add(&mut found, text(std::iter::once(INITIALS).chain(letters.chars())));
    }
    found
}

fn combine(syllables: &[Syllables], part: impl Fn(&'static str) -> &'static str) -> Vec<Text> {
    let ways: usize = syllables.iter().map(Vec::len).product();
    let mut found = Vec::with_capacity(ways.min(READINGS_MAX));
    // An empty product would be one way to read nothing.
    for way in 0..if syllables.is_empty() { 0 } else { ways.min(READINGS_MAX) } {
        let chosen = syllables.iter().scan(way, |left, readings| {
            let chosen = readings[*left % readings.len()];
            *left /= readings.len();
            Some(part(chosen))
        });
        add(&mut found, text(chosen.flat_map(str::chars)));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(name: &str, expected: &[&str]) {
        let mut forms = Forms::default();
        super::forms(name, &mut forms);
        let all: Vec<&str> = forms.spelled.iter().chain(&forms.alike).map(|text| text.as_str()).collect();
        for text in expected {
            assert!(all.contains(text), "{name} is not found as {text}: {all:?}");
        }
    }

    #[test]
    fn a_name_is_found_by_its_ends_its_sound_and_its_initials() {
        check("王小明", &["王小明", "小明", "明", "王", "wangxiaoming", "xiaoming", "ming", "wang", "=wxm"]);
        check("欧阳娜娜", &["欧阳", "ouyang", "娜娜", "nana", "ouyangnana", "=oynn"]);
        check("李", &["李", "li"]);
        check("阿列克谢耶维奇", &["阿列克谢耶维奇", "维奇", "aliekexieyeweiqi"]);
    }

    #[test]
    fn surnames_are_read_as_surnames() {
        let cases = [
            ("单田芳", "shantianfang"),
            ("曾国藩", "zengguofan"),
            ("解晓东", "xiexiaodong"),
            ("仇英", "qiuying"),
            ("查良镛", "zhaliangyong"),
            ("任正非", "renzhengfei"),
            ("朴树", "piaoshu"),
            ("翟天临", "zhaitianlin"),
            ("盖叫天", "gaijiaotian"),
            ("区小红", "ouxiaohong"),
            ("覃辉", "tanhui"),
            ("尉迟恭", "yuchigong"),
            ("长孙无忌", "zhangsunwuji"),
            ("万俟卨", "moqixie"),
            ("吕布", "lvbu"),
            ("吕布", "lyubu"),
            ("吕布", "lubu"),
            ("乐嘉", "yuejia"),
            ("乐嘉", "lejia"),
        ];
        for (name, sound) in cases {
            check(name, &[sound]);
        }
    }

    #[test]
    fn the_number_of_readings_is_limited() {
        let mut forms = Forms::default();
        super::forms("乐乐行长朝", &mut forms);
        let whole = forms.spelled.iter().filter(|text| text.is_ascii() && text.len() > 16).count();
        assert!((2..=READINGS_MAX).contains(&whole), "{whole}");
        assert!(sounds("乐乐行长朝茜").len() <= 3 * READINGS_MAX);
    }
}
