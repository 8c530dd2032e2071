//! The column names of other CRMs' exports, in English and Spanish, and the field of each.
//!
//! Names are compared ignoring case, accents, blanks and punctuation, so that `First Name`, `first_name` and
//! `FirstName` are the same. Each system has a module with its sources; names common to several are in `common`.

mod common;
mod google;
mod hubspot;
mod kommo;
mod linkedin;
mod meta;
mod odoo;
mod pipedrive;
mod reparto;
mod salesforce;
mod zoho;

use std::{
    collections::{HashMap, HashSet},
    sync::LazyLock,
};

use reparto_domain::{
    fold::fold,
    headings::{Headings, OPPORTUNITIES},
};

use crate::fields::Field;

/// A system whose exports are supported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Crm {
    /// Our own export.
    Reparto,
    /// HubSpot.
    HubSpot,
    /// Salesforce.
    Salesforce,
    /// Pipedrive.
    Pipedrive,
    /// Kommo, once amoCRM.
    Kommo,
    /// Zoho CRM.
    Zoho,
    /// Odoo.
    Odoo,
    /// The lead ads of Facebook and Instagram.
    Meta,
    /// The lead forms of Google Ads.
    GoogleAds,
    /// Google Contacts.
    GoogleContacts,
    /// LinkedIn.
    LinkedIn,
}

/// Fields and the column names of each, separated by `|`.
type Names = &'static [(Field, &'static str)];

/// Names and fields, by normalised name.
type Table = HashMap<String, Field>;

/// What is known of a system.
struct Known {
    table: Table,
    own: HashSet<String>,
}

static COMMON: LazyLock<Table> = LazyLock::new(|| table(common::NAMES));

static KNOWN: LazyLock<Vec<Known>> = LazyLock::new(|| {
    Crm::ALL
        .map(|crm| {
            let mut table = table(crm.names());
            if crm == Crm::Reparto {
                add_translated(&mut table);
            }
            Known { table, own: keys(crm.own()) }
        })
        .into()
});

/// The columns of our own exports, by fixed names and in each language.
static OWN_EXPORTS: LazyLock<[HashSet<String>; 3]> = LazyLock::new(|| {
    let translated = |headings| OPPORTUNITIES.iter().map(|column| key(column.text(headings))).collect();
    [keys(reparto::EXPORT), translated(Headings::Spanish), translated(Headings::English)]
});

/// The columns of our exports by which a part of one is known, by fixed names and in each language.
static OWN_PARTS: LazyLock<[HashSet<String>; 3]> = LazyLock::new(|| {
    let (own, named) = (keys(reparto::OWN), keys(reparto::OWN_TRANSLATED));
    let translated = |headings| {
        let columns = OPPORTUNITIES.iter().filter(|column| {
            let name = key(column.name);
            own.contains(&name) || named.contains(&name)
        });
        columns.map(|column| key(column.text(headings))).collect()
    };
    [own.clone(), translated(Headings::Spanish), translated(Headings::English)]
});

static OWN_PAGE: LazyLock<HashSet<String>> = LazyLock::new(|| keys(reparto::PAGE));

/// Adds the names in each language to those of our own columns: they stand for the same field, or a common one.
fn add_translated(table: &mut Table) {
    for column in OPPORTUNITIES {
        let name = key(column.name);
        let Some(field) = table.get(&name).or_else(|| COMMON.get(&name)).copied() else { continue };
        for headings in [Headings::Spanish, Headings::English] {
            table.entry(key(column.text(headings))).or_insert(field);
        }
    }
}

fn table(names: Names) -> Table {
    let mut table = Table::new();
    for (field, names) in names {
        for name in names.split('|') {
            table.entry(key(name)).or_insert(*field);
        }
    }
    table
}

fn keys(names: &str) -> HashSet<String> {
    names.split('|').map(key).filter(|key| !key.is_empty()).collect()
}

impl Crm {
    /// Every system.
    pub const ALL: [Self; 11] = [
        Self::Reparto,
        Self::HubSpot,
        Self::Salesforce,
        Self::Pipedrive,
        Self::Kommo,
        Self::Zoho,
        Self::Odoo,
        Self::Meta,
        Self::GoogleAds,
        Self::GoogleContacts,
        Self::LinkedIn,
    ];

    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Reparto => "Reparto",
            Self::HubSpot => "HubSpot",
            Self::Salesforce => "Salesforce",
            Self::Pipedrive => "Pipedrive",
            Self::Kommo => "Kommo",
            Self::Zoho => "Zoho CRM",
            Self::Odoo => "Odoo",
            Self::Meta => "Meta Lead Ads",
            Self::GoogleAds => "Google Ads",
            Self::GoogleContacts => "Google Contacts",
            Self::LinkedIn => "LinkedIn",
        }
    }

    const fn names(self) -> Names {
        match self {
            Self::Reparto => reparto::NAMES,
            Self::HubSpot => hubspot::NAMES,
            Self::Salesforce => salesforce::NAMES,
            Self::Pipedrive => pipedrive::NAMES,
            Self::Kommo => kommo::NAMES,
            Self::Zoho => zoho::NAMES,
            Self::Odoo => odoo::NAMES,
            Self::Meta => meta::NAMES,
            Self::GoogleAds => google::ADS,
            Self::GoogleContacts => google::CONTACTS,
            Self::LinkedIn => linkedin::NAMES,
        }
    }

    /// The columns by which a file is known to be this system's.
    const fn own(self) -> &'static str {
        match self {
            Self::Reparto => "",
            Self::HubSpot => hubspot::OWN,
            Self::Salesforce => salesforce::OWN,
            Self::Pipedrive => pipedrive::OWN,
            Self::Kommo => kommo::OWN,
            Self::Zoho => zoho::OWN,
            Self::Odoo => odoo::OWN,
            Self::Meta => meta::OWN,
            Self::GoogleAds => google::ADS_OWN,
            Self::GoogleContacts => google::CONTACTS_OWN,
            Self::LinkedIn => linkedin::OWN,
        }
    }

    const fn own_min(self) -> usize {
        match self {
            Self::Meta => meta::OWN_MIN,
            // Without the dash, one of its columns may be anybody's: "Lead - Owner".
            Self::Pipedrive => 2,
            _ => 1,
        }
    }

    fn known(self) -> Option<&'static Known> {
        KNOWN.get(self as usize)
    }

    /// The field of a column with this name in this system's exports.
    pub fn field(self, header: &str) -> Option<Field> {
        self.known()?.table.get(&key(header)).copied()
    }

    /// The system that these columns come from: the one of which most columns are there that no other system has. `None`
    /// if there is none, or a tie. Our own exports have all of their columns, or some that nobody else has.
    pub fn guess<'a>(headers: impl IntoIterator<Item = &'a str>) -> Option<Self> {
        let keys: HashSet<String> = headers.into_iter().map(key).collect();
        if OWN_EXPORTS.iter().any(|export| export.is_subset(&keys)) || *OWN_PAGE == keys {
            return Some(Self::Reparto);
        }
        let scores = Self::ALL.into_iter().filter_map(|crm| {
            let known = crm.known()?;
            let own = keys.iter().filter(|key| known.own.contains(*key)).count();
            let names = keys.iter().filter(|key| known.table.contains_key(*key)).count();
            (own >= crm.own_min() && own > 0).then_some(((own, names), crm))
        });
        let scores: Vec<_> = scores.collect();
        let is_part = |own: &HashSet<String>| own.intersection(&keys).count() >= reparto::OWN_MIN;
        if scores.is_empty() && OWN_PARTS.iter().any(is_part) {
            return Some(Self::Reparto);
        }
        let most = scores.iter().map(|(score, _)| *score).max()?;
        let mut best = scores.into_iter().filter(|(score, _)| *score == most);
        match (best.next(), best.next()) {
            (Some((_, crm)), None) => Some(crm),
            _ => None,
        }
    }
}

/// The field of a column with this name, given the detected system.
pub fn field_of(header: &str, crm: Option<Crm>) -> Option<Field> {
    let key = key(header);
    look_up(&key, crm).or_else(|| {
        // "Email 2", "Teléfono 3": further columns of the same kind, which fill what the first leaves empty.
        let plain = key.trim_end_matches(|c: char| c.is_ascii_digit());
        look_up(plain, crm).filter(|field| plain != key && field.repeats())
    })
}

/// The words of a name.
fn words(header: &str) -> Vec<String> {
    let folded = fold(&header.replace("e-mail", "email").replace("E-mail", "email").replace("E-Mail", "email"));
    folded.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

/// The field that a column most likely is by a word of its name, such as a form's question: an address or a number.
pub(crate) fn worded(header: &str) -> Option<Field> {
    let words = words(header);
    let has = |wanted: &[&str]| words.iter().any(|word| wanted.contains(&word.as_str()));
    // A line that was not split.
    if header.contains(['"', ';', '|']) {
        return None;
    }
    // Consents, and what is said of an address.
    if has(&[
        "recibir",
        "receive",
        "acepto",
        "opt",
        "status",
        "type",
        "tipo",
        "label",
        "display",
        "template",
        "owner",
        "code",
        "prefix",
        "prefijo",
        "additional",
        "secondary",
        "verified",
        "extension",
        "fax",
        "unsubscribed",
        "marketing",
        "empresa",
        "company",
    ]) {
        return None;
    }
    if has(&["email", "correo", "mail", "emails"]) {
        Some(Field::Email)
    } else if has(&["mobile", "movil", "celular", "cell"]) {
        Some(Field::Mobile)
    } else if has(&["phone", "phones", "telefono", "tel", "tlf", "telf", "tfno", "whatsapp", "sms"]) {
        Some(Field::Phone)
    } else {
        None
    }
}

/// Whether a column of this name says who does not want emails.
pub(crate) fn is_email_opt_out(header: &str) -> bool {
    let key = key(header);
    matches!(
        key.as_str(),
        "emailoptout"
            | "hasoptedoutofemail"
            | "unsubscribed"
            | "unsubscribedfromallemail"
            | "hsemailoptout"
            | "optedout"
            | "isblacklisted"
            | "blacklist"
            | "noparticiparencorreoelectronico"
            | "exclusiondecorreoelectronico"
            | "anulaciondesuscripcionalcorreoelectronico"
            | "cancelacionporcorreoelectronico"
            | "dadodebaja"
            | "canceladalasuscripcionatodosloscorreoselectronicos"
            | "suscripcioncanceladaatodosloscorreoselectronicos"
    )
}

/// Whether a form asks for a name in a column of this name.
pub(crate) fn asks_name(header: &str) -> bool {
    let words = words(header);
    let has = |wanted: &[&str]| words.iter().any(|word| wanted.contains(&word.as_str()));
    has(&["name", "nombre", "names", "nombres"])
        && !has(&[
            "company",
            "empresa",
            "user",
            "usuario",
            "product",
            "producto",
            "file",
            "archivo",
            "campaign",
            "form",
            "formulario",
            "organization",
        ])
}

/// Whether a column of this name is known, or one that the caller named.
pub(crate) fn is_known(header: &str, map: &[(String, Field)]) -> bool {
    let wanted = key(header);
    !wanted.is_empty() && (field_of(header, None).is_some() || map.iter().any(|(name, _)| key(name) == wanted))
}

/// Whether a column of this name holds full names, also beside columns of first and last names.
pub(crate) fn is_full_name(header: &str) -> bool {
    let key = key(header);
    ["nombrecompleto", "nombreyapellidos", "fullname"].iter().any(|name| key.starts_with(name))
}

/// The normalised column name.
pub fn key(header: &str) -> String {
    fold(header).chars().filter(|c| c.is_alphanumeric()).collect()
}

fn look_up(key: &str, crm: Option<Crm>) -> Option<Field> {
    if key.is_empty() {
        return None;
    }
    crm.and_then(Crm::known)
        .and_then(|known| known.table.get(key))
        .or_else(|| COMMON.get(key))
        .or_else(|| KNOWN.iter().find_map(|known| known.table.get(key)))
        .copied()
        // Ids in our own exports are meaningless elsewhere.
        .filter(|field| {
            !matches!(field, Field::Ignore | Field::ContactId) || crm == Some(Crm::Reparto) || COMMON.contains_key(key)
        })
}

#[cfg(test)]
mod tests;
