//! The whole of Escapement comes up on the embedded chain and takes an update.
#![allow(missing_docs)]

use escapement_agent::bindings::controller::IControllerEvents;
use escapement_e2e::World;

#[test]
fn first_update_works() {
    let world = World::new();
    let update = world.propose(1, &[(0, 13_107)]);
    let receipt = world.submit(&update).unwrap_or_else(|refusal| panic!("{refusal}"));
    let changed = receipt.events::<IControllerEvents::ParameterChanged>();
    assert_eq!(changed.len(), 1, "one change, one event");
    assert_eq!((changed[0].slot, changed[0].oldValue), (0, 10_000));
    assert_eq!(world.value(0), changed[0].newValue);
}
