//! Values that the examples of the API document share.

use reparto_domain::Timestamp;
use uuid::Uuid;

/// When everything in an example happened.
pub const AT: Timestamp = Timestamp::from_seconds(1_768_467_600);

/// Ids of examples: the same number is the same thing.
pub const fn id(number: u8) -> Uuid {
    Uuid::from_u128(0x0190_a6e0_7c1b_7abc_8def_0123_4567_8900 | number as u128)
}

/// The number of the opportunity.
pub const OPPORTUNITY: u8 = 0xab;
/// The number of the contact.
pub const CONTACT: u8 = 0xc0;
/// The number of the agent.
pub const AGENT: u8 = 0xa9;
/// The number of the administrator.
pub const ADMINISTRATOR: u8 = 0xad;
/// The number of the job.
pub const JOB: u8 = 0x0c;
/// The number of the import.
pub const IMPORT: u8 = 0x0f;
/// The number of the webhook.
pub const WEBHOOK: u8 = 0x0d;
/// The number of the delivery.
pub const DELIVERY: u8 = 0x0e;
/// The number of the operation.
pub const OPERATION: u8 = 0x0b;
/// The number of the team.
pub const TEAM: u8 = 0x7e;
/// The number of the rotation.
pub const ROTATION: u8 = 0x70;
/// The number of the absence.
pub const ABSENCE: u8 = 0xa6;
