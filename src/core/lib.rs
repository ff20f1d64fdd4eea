//! The law.
#![no_std]
