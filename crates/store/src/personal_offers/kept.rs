//! The kept form of a filter: JSON with the number of its form. A person is told of it in the same words when he asks what is stored about
//! him, so that its names say what they mean.

use bonafide_domain::programme::{Bought, Fitting, Spent, Tier};
use serde::{Deserialize, Serialize};

use crate::fault::Fault;
use crate::ledger::rules::SelectionRecord;
use crate::personal_offers::WHAT;
use crate::written::{damaged, from_text, to_text};

/// The form that this program writes.
const FORM: u32 = 1;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct FittingRecord {
    form: u32,
    #[serde(deserialize_with = "Option::deserialize")]
    tier_from: Option<u8>,
    #[serde(deserialize_with = "Option::deserialize")]
    tier_through: Option<u8>,
    #[serde(deserialize_with = "Option::deserialize")]
    days_since_last_purchase_min: Option<u16>,
    #[serde(deserialize_with = "Option::deserialize")]
    days_since_last_purchase_max: Option<u16>,
    #[serde(deserialize_with = "Option::deserialize")]
    spent: Option<SpentRecord>,
    #[serde(deserialize_with = "Option::deserialize")]
    bought: Option<BoughtRecord>,
    #[serde(deserialize_with = "Option::deserialize")]
    birthday_within_days: Option<u16>,
    #[serde(deserialize_with = "Option::deserialize")]
    joined_within_days: Option<u16>,
    #[serde(deserialize_with = "Option::deserialize")]
    points_min: Option<u64>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SpentRecord {
    in_days: u16,
    #[serde(deserialize_with = "Option::deserialize")]
    min_minor: Option<i64>,
    #[serde(deserialize_with = "Option::deserialize")]
    max_minor: Option<i64>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct BoughtRecord {
    in_days: u16,
    none_of_them: bool,
    goods: SelectionRecord,
}

fn record(fitting: &Fitting) -> FittingRecord {
    let spent = |spent: Spent| SpentRecord {
        in_days: spent.days,
        min_minor: spent.min_minor,
        max_minor: spent.max_minor,
    };
    let bought = |bought: &Bought| BoughtRecord {
        in_days: bought.days,
        none_of_them: bought.is_none,
        goods: SelectionRecord::of(&bought.goods),
    };
    FittingRecord {
        form: FORM,
        tier_from: fitting.from_tier.map(|tier| tier.0),
        tier_through: fitting.through_tier.map(|tier| tier.0),
        days_since_last_purchase_min: fitting.away_days_min,
        days_since_last_purchase_max: fitting.away_days_max,
        spent: fitting.spent.map(spent),
        bought: fitting.bought.as_ref().map(bought),
        birthday_within_days: fitting.birthday_days,
        joined_within_days: fitting.joined_days_max,
        points_min: fitting.points_min,
    }
}

/// The text of a filter.
pub(super) fn fitting_text(fitting: &Fitting) -> Result<String, Fault> {
    to_text(&record(fitting))
}

/// The same as a value: what is not asked for is left out.
pub(crate) fn words(fitting: &Fitting) -> serde_json::Value {
    let mut value = serde_json::json!(record(fitting));
    if let Some(fields) = value.as_object_mut() {
        fields.retain(|name, field| name != "form" && !field.is_null());
    }
    value
}

/// The filter of a text. Whether it holds together, the offer says.
pub(super) fn fitting_of(text: &str) -> Result<Fitting, Fault> {
    let record: FittingRecord = from_text(text, WHAT)?;
    if record.form != FORM {
        return Err(damaged(WHAT));
    }
    let spent = |spent: SpentRecord| Spent {
        days: spent.in_days,
        min_minor: spent.min_minor,
        max_minor: spent.max_minor,
    };
    let bought = match record.bought {
        None => None,
        Some(bought) => Some(Bought {
            goods: bought.goods.selection().ok_or_else(|| damaged(WHAT))?,
            days: bought.in_days,
            is_none: bought.none_of_them,
        }),
    };
    Ok(Fitting {
        from_tier: record.tier_from.map(Tier),
        through_tier: record.tier_through.map(Tier),
        away_days_min: record.days_since_last_purchase_min,
        away_days_max: record.days_since_last_purchase_max,
        spent: record.spent.map(spent),
        bought,
        birthday_days: record.birthday_within_days,
        joined_days_max: record.joined_within_days,
        points_min: record.points_min,
    })
}

#[cfg(test)]
mod tests {
    use bonafide_domain::programme::{Chosen, Goods, GoodsCode, Selection};

    use super::*;

    #[test]
    fn a_filter_is_kept_in_this_form_and_reads_back() {
        let goods = Goods { products: vec![GoodsCode::parse("7").unwrap()], categories: vec![] };
        let full = Fitting {
            from_tier: Some(Tier(0)),
            through_tier: Some(Tier(1)),
            away_days_min: Some(30),
            away_days_max: Some(90),
            spent: Some(Spent { days: 60, min_minor: Some(1), max_minor: None }),
            bought: Some(Bought {
                goods: Selection::parse(Chosen::Only(goods), Goods::default()).unwrap(),
                days: 7,
                is_none: true,
            }),
            birthday_days: Some(3),
            joined_days_max: Some(14),
            points_min: Some(100),
        };
        let text = concat!(
            r#"{"form":1,"tier_from":0,"tier_through":1,"days_since_last_purchase_min":30,"#,
            r#""days_since_last_purchase_max":90,"spent":{"in_days":60,"min_minor":1,"max_minor":null},"#,
            r#""bought":{"in_days":7,"none_of_them":true,"goods":{"only":{"products":["7"],"categories":[]},"#,
            r#""without":{"products":[],"categories":[]}}},"birthday_within_days":3,"joined_within_days":14,"#,
            r#""points_min":100}"#
        );
        assert_eq!(fitting_text(&full).unwrap(), text);
        assert_eq!(fitting_of(text).unwrap(), full);
        let all = Fitting::default();
        assert_eq!(fitting_of(&fitting_text(&all).unwrap()).unwrap(), all);
        assert_eq!(words(&all), serde_json::json!({}));
        assert_eq!(words(&Fitting { points_min: Some(5), ..all }), serde_json::json!({ "points_min": 5 }));
        for bad in ["{}", "", r#"{"form":2}"#, &text.replace("\"form\":1", "\"form\":2")] {
            assert!(fitting_of(bad).is_err(), "{bad}");
        }
    }
}
