//! The lens on chain: what a controller would do and how far it may go, answered by the deployed contract.
//!
//! [`crate::mirror`] runs the same engine over fetched words on this machine. The two must agree to the bit; an operator
//! who wants to know what the chain itself says asks the lens.

use alloy::{
    eips::{BlockId, BlockNumberOrTag},
    primitives::{Address, Bytes},
};
use escapement_core::{
    engine::{Accepted, views::Headroom},
    param::{Group, SLOTS, Slot},
    rules::Limit,
};

use crate::{
    bindings::lens::ILens,
    client::{Client, ClientError},
    errors::Refusal,
    sign::Attested,
};

/// A lens, looking at one controller at one block.
#[derive(Clone, Copy, Debug)]
pub struct Lens<'a> {
    client: &'a Client,
    address: Address,
    controller: Address,
    block: BlockId,
}

/// What `submit` would do with an update: its effect, or the error it would revert with.
pub type Foretold = Result<Accepted, Refusal>;

impl<'a> Lens<'a> {
    /// The lens at `address` on the controller's proxy `controller`, at the latest block.
    #[must_use]
    pub fn latest(client: &'a Client, address: Address, controller: Address) -> Self {
        Self { client, address, controller, block: BlockId::Number(BlockNumberOrTag::Latest) }
    }

    /// The same lens at the end of block number `block`.
    #[must_use]
    pub fn at(self, block: u64) -> Self {
        Self { block: BlockId::number(block), ..self }
    }

    /// The client it asks through.
    #[must_use]
    pub fn client(&self) -> &'a Client {
        self.client
    }

    /// The controller it looks at.
    #[must_use]
    pub fn controller(&self) -> Address {
        self.controller
    }

    async fn ask<C: alloy_sol_types::SolCall>(&self, call: &C) -> Result<C::Return, ClientError> {
        self.client.read_from(Address::ZERO, self.address, call, self.block).await
    }

    /// All values, in slot order; zero for slots that are not live.
    ///
    /// # Errors
    /// [`ClientError::Refused`] with `LensNotAController` where there is no controller.
    pub async fn values(&self) -> Result<[u32; SLOTS], ClientError> {
        self.ask(&ILens::paramsCall { controller: self.controller }).await
    }

    /// How far a slot may move now, and when again; values in the slot's unit, moments in seconds.
    ///
    /// # Errors
    /// [`ClientError::Refused`] with `ControllerUnknownSlot` for a slot that is not live.
    pub async fn headroom(&self, slot: Slot) -> Result<Headroom, ClientError> {
        let room = self.ask(&ILens::headroomCall { controller: self.controller, slot: slot.number() }).await?;
        Ok(Headroom {
            up: room.up,
            down: room.down,
            bucket_up: room.bucketUp,
            bucket_down: room.bucketDown,
            safe: room.safe,
            next: room.next,
            halted_until: room.haltedUntil,
            autonomy: room.autonomy,
            pending: room.pending,
        })
    }

    /// The live slots with their [`Lens::headroom`], in slot order.
    ///
    /// # Errors
    /// As [`Lens::values`].
    pub async fn rooms(&self) -> Result<Vec<(Slot, Headroom)>, ClientError> {
        let status = self.status().await?;
        let mut rooms = Vec::new();
        for slot in Slot::all().filter(|slot| is_live(*slot, status.pools, status.categories)) {
            rooms.push((slot, self.headroom(slot).await?));
        }
        Ok(rooms)
    }

    /// State of the loop: last update, moments in seconds, live pools and categories.
    ///
    /// # Errors
    /// As [`Lens::values`].
    pub async fn status(&self) -> Result<ILens::Status, ClientError> {
        self.ask(&ILens::statusCall { controller: self.controller }).await
    }

    /// State of a group.
    ///
    /// # Errors
    /// As [`Lens::values`].
    pub async fn group(&self, group: Group) -> Result<ILens::Group, ClientError> {
        self.ask(&ILens::groupCall { controller: self.controller, group: group.number() }).await
    }

    /// Range in force of a slot, in its unit, and the largest step upwards.
    ///
    /// # Errors
    /// As [`Lens::headroom`].
    pub async fn range(&self, slot: Slot) -> Result<(u32, u32, Limit), ClientError> {
        let call = ILens::rulesCall { controller: self.controller, slot: slot.number() };
        let rules = self.ask(&call).await?.inForce;
        Ok((rules.govMin, rules.govMax, Limit { rel_bps: rules.stepUp.relBps, abs: rules.stepUp.abs }))
    }

    /// What `submit` would do with an attested update. With empty signatures the model is run and no quorum asked for.
    ///
    /// # Errors
    /// A [`ClientError`] if the lens cannot be asked; an update that would be refused is no error but the answer.
    pub async fn preview(&self, attested: &Attested) -> Result<Foretold, ClientError> {
        let (update, signatures) = (Bytes::clone(&attested.update), Bytes::clone(&attested.signatures));
        let answer = self.ask(&ILens::previewCall { controller: self.controller, update, signatures }).await?;
        Ok(if answer.ok {
            Ok(Accepted { trip: answer.trip, applied: answer.applied, queued: answer.queued, shadow: answer.shadow })
        } else {
            Err(self.client.errors().decode(&answer.reason))
        })
    }
}

/// Whether a slot is live with this many pool weights (the reserve included) and grant categories.
#[must_use]
pub fn is_live(slot: Slot, pools: u8, categories: u8) -> bool {
    let offset = slot.number() - slot.group().span().0;
    match slot.group() {
        Group::Liquidity => offset < pools,
        Group::Grants => offset < categories,
        _ => true,
    }
}
