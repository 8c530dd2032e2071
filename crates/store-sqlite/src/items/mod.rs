//! The items of an operation, packed into one blob: a bulk request is one row of history, not a hundred.
//!
//! The blob, numbers as LEB128 varints, *signed* ones zigzag:
//! ```text
//! version (1) · flags · count · [holder of all] · [status of all]
//! per item: signed opportunity − the one before · status before + 1 (0: it did not exist)
//!           where it existed: holder before (0: nobody) · last operation before · signed last − effective operation
//!           [holder] · [status]
//! ```
//! `holder` (0: nobody) and `status` are those after the operation; they stand once where they are the same for all.

mod marks;

#[cfg(test)]
mod tests;

use reparto_domain::Status;
use reparto_store::{StoreError, StoreResult};
pub(crate) use reparto_store_rows::operations::{Before, Item};

pub(crate) use marks::Marks;

const VERSION: u8 = 1;
const ONE_HOLDER: u8 = 1;
const ONE_STATUS: u8 = 2;

/// Packs items, in order.
pub(crate) fn pack(items: &[Item]) -> Vec<u8> {
    let one_holder = items.windows(2).all(|pair| pair[0].holder == pair[1].holder);
    let one_status = items.windows(2).all(|pair| pair[0].status == pair[1].status);
    let flags = if one_holder { ONE_HOLDER } else { 0 } | if one_status { ONE_STATUS } else { 0 };
    let mut out = Vec::with_capacity(8 + items.len() * 12);
    out.extend([VERSION, flags]);
    put_varint(&mut out, items.len() as u64);
    if let Some(first) = items.first() {
        if one_holder {
            put_varint(&mut out, holder_number(first.holder));
        }
        if one_status {
            put_varint(&mut out, status_number(first.status));
        }
    }
    let mut previous = 0;
    for item in items {
        put_signed_varint(&mut out, item.opportunity.wrapping_sub(previous));
        previous = item.opportunity;
        match item.before {
            None => put_varint(&mut out, 0),
            Some(before) => {
                put_varint(&mut out, status_number(before.status) + 1);
                put_varint(&mut out, holder_number(before.holder));
                put_varint(&mut out, before.last_operation.cast_unsigned());
                put_signed_varint(&mut out, before.last_operation.wrapping_sub(before.effective_operation));
            }
        }
        if !one_holder {
            put_varint(&mut out, holder_number(item.holder));
        }
        if !one_status {
            put_varint(&mut out, status_number(item.status));
        }
    }
    out
}

/// All items, in order; an error if the blob is damaged.
pub(crate) fn unpack(blob: &[u8]) -> StoreResult<Vec<Item>> {
    Items::new(blob)?.collect()
}

/// The item of one opportunity and its position, if there is one.
pub(crate) fn find(blob: &[u8], opportunity: i64) -> StoreResult<Option<(usize, Item)>> {
    for (place, item) in Items::new(blob)?.enumerate() {
        let item = item?;
        if item.opportunity == opportunity {
            return Ok(Some((place, item)));
        }
    }
    Ok(None)
}

/// Reads items one by one.
#[derive(Debug)]
pub(crate) struct Items<'a> {
    rest: &'a [u8],
    left: u64,
    #[allow(clippy::option_option, reason = "one for all, or one for each; and that may be nobody")]
    one_holder: Option<Option<i64>>,
    one_status: Option<Status>,
    previous: i64,
}

impl<'a> Items<'a> {
    /// Begins to read a blob.
    pub(crate) fn new(blob: &'a [u8]) -> StoreResult<Self> {
        Self::begin(blob).ok_or_else(damaged)
    }

    fn begin(blob: &'a [u8]) -> Option<Self> {
        let (&[VERSION, flags], mut rest) = blob.split_first_chunk()? else { return None };
        let left = take_varint(&mut rest)?;
        let (mut one_holder, mut one_status) = (None, None);
        if left > 0 && flags & ONE_HOLDER != 0 {
            one_holder = Some(holder_of(take_varint(&mut rest)?));
        }
        if left > 0 && flags & ONE_STATUS != 0 {
            one_status = Some(status_of(take_varint(&mut rest)?)?);
        }
        Some(Self { rest, left, one_holder, one_status, previous: 0 })
    }

    fn item(&mut self) -> Option<Item> {
        let rest = &mut self.rest;
        let opportunity = self.previous.wrapping_add(take_signed_varint(rest)?);
        let before = match take_varint(rest)? {
            0 => None,
            status => {
                let status = status_of(status - 1)?;
                let holder = holder_of(take_varint(rest)?);
                let last_operation = take_varint(rest)?.cast_signed();
                let effective_operation = last_operation.wrapping_sub(take_signed_varint(rest)?);
                Some(Before { holder, status, last_operation, effective_operation })
            }
        };
        let holder = match self.one_holder {
            Some(holder) => holder,
            None => holder_of(take_varint(rest)?),
        };
        let status = match self.one_status {
            Some(status) => status,
            None => status_of(take_varint(rest)?)?,
        };
        self.previous = opportunity;
        Some(Item { opportunity, before, holder, status })
    }
}

impl Iterator for Items<'_> {
    type Item = StoreResult<Item>;

    fn next(&mut self) -> Option<StoreResult<Item>> {
        if self.left == 0 {
            return None;
        }
        self.left -= 1;
        let item = self.item();
        if item.is_none() {
            self.left = 0;
        }
        Some(item.ok_or_else(damaged))
    }
}

fn damaged() -> StoreError {
    StoreError::Inconsistent("operations.items: a blob cannot be read".into())
}

const fn holder_number(holder: Option<i64>) -> u64 {
    match holder {
        Some(seq) => seq.cast_unsigned(),
        None => 0,
    }
}

const fn holder_of(number: u64) -> Option<i64> {
    if number == 0 { None } else { Some(number.cast_signed()) }
}

fn status_number(status: Status) -> u64 {
    u64::from(status.number().unsigned_abs())
}

fn status_of(number: u64) -> Option<Status> {
    Status::from_number(i64::try_from(number).ok()?)
}

pub(crate) fn put_varint(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push(number.to_le_bytes()[0] | 0x80);
        number >>= 7;
    }
    out.push(number.to_le_bytes()[0]);
}

pub(crate) fn put_signed_varint(out: &mut Vec<u8>, number: i64) {
    put_varint(out, ((number << 1) ^ (number >> 63)).cast_unsigned());
}

pub(crate) fn take_varint(rest: &mut &[u8]) -> Option<u64> {
    let mut number = 0_u64;
    for shift in (0..70).step_by(7) {
        let (&byte, after) = rest.split_first()?;
        *rest = after;
        let bits = u64::from(byte & 0x7f);
        if shift == 63 && bits > 1 {
            return None;
        }
        number |= bits << shift;
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

pub(crate) fn take_signed_varint(rest: &mut &[u8]) -> Option<i64> {
    let number = take_varint(rest)?;
    Some((number >> 1).cast_signed() ^ -(number & 1).cast_signed())
}
