//! The centre: its machines without a database, its stores against one contract, and the real
//! server on a real PostgreSQL.

mod access;
mod accounts;
mod alarms;
mod audit_log;
mod audit_verify;
mod authority;
mod case_numbers;
mod channel_attacks;
mod channels;
mod common;
mod connections;
mod contacts;
mod correction_reach;
mod desk_day;
mod forged_codes;
mod four_eyes;
mod institutions;
mod key_renewal;
mod machine;
mod migrations;
mod need_to_know;
mod openapi;
mod policy;
mod population;
mod published_lists;
mod receipts;
mod replacement;
mod restore;
mod running;
mod settings;
mod store_contract;
mod undecidable;
mod voided_sheets;
mod workers;
