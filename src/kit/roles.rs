//! Roles: the interface, events, errors and storage layout of OpenZeppelin's `AccessControl`, in a tenth of its code.
//!
//! OpenZeppelin's Stylus module decodes, hashes and logs through generic code (and a keccak of its own inside the module,
//! for every mapping access); for a contract at the size limit this one goes straight to the host. What it leaves out is
//! what Escapement must not have anyway: every role is administered by the default admin, and that cannot be changed.
//! One rule is added: an admin cannot remove itself, so at least one always remains.

use alloc::vec::Vec;

use alloy_primitives::{Address, B256};
use alloy_sol_types::{sol, SolError, SolEvent};

use crate::{abi, log, route, vm};

sol! {
    /// An account was given a role.
    #[derive(Debug)]
    event RoleGranted(bytes32 indexed role, address indexed account, address indexed sender);
    /// An account lost a role.
    #[derive(Debug)]
    event RoleRevoked(bytes32 indexed role, address indexed account, address indexed sender);
    /// The account lacks the role.
    #[derive(Debug)]
    error AccessControlUnauthorizedAccount(address account, bytes32 neededRole);
    /// The confirmation is not the caller.
    #[derive(Debug)]
    error AccessControlBadConfirmation();
    /// An admin tried to remove itself.
    #[derive(Debug)]
    error AccessControlLastAdmin();

    /// The functions that [`Roles::route`] answers.
    interface IRoles {
        function DEFAULT_ADMIN_ROLE() external view returns (bytes32);
        function hasRole(bytes32 role, address account) external view returns (bool);
        function getRoleAdmin(bytes32 role) external view returns (bytes32);
        function grantRole(bytes32 role, address account) external;
        function revokeRole(bytes32 role, address account) external;
        function renounceRole(bytes32 role, address callerConfirmation) external;
        function supportsInterface(bytes4 interfaceId) external view returns (bool);
    }
}

crate::functions! { IRoles;
    HAS_ROLE = hasRoleCall;
    RENOUNCE_ROLE = renounceRoleCall;
    GRANT_ROLE = grantRoleCall;
    REVOKE_ROLE = revokeRoleCall;
    GET_ROLE_ADMIN = getRoleAdminCall;
    DEFAULT_ADMIN = DEFAULT_ADMIN_ROLECall;
    SUPPORTS_INTERFACE = supportsInterfaceCall;
}

/// The role that administers every role.
pub const DEFAULT_ADMIN_ROLE: B256 = B256::ZERO;

/// ERC-165 ids of ERC-165 and of `IAccessControl`.
pub const INTERFACES: [[u8; 4]; 2] = [[0x01, 0xff, 0xc9, 0xa7], [0x79, 0x65, 0xdb, 0x0b]];

/// The roles of a contract, `mapping(bytes32 => (mapping(address => bool), bytes32))` at a slot below 256.
#[derive(Clone, Copy)]
pub struct Roles(pub u8);

impl Roles {
    /// Slot of the flag of `account`.
    fn flag(self, role: &B256, account: &Address) -> B256 {
        vm::mapping(&account.into_word(), &vm::mapping(role, &B256::with_last_byte(self.0)))
    }

    /// Returns whether `account` has `role`.
    #[must_use]
    #[inline(never)]
    pub fn has(self, role: &B256, account: &Address) -> bool {
        !vm::load(&self.flag(role, account)).is_zero()
    }

    /// Refuses a caller without `role`.
    ///
    /// # Errors
    ///
    /// [`AccessControlUnauthorizedAccount`], encoded.
    #[inline(never)]
    pub fn only(self, role: &B256) -> Result<(), Vec<u8>> {
        let sender = vm::sender();
        if self.has(role, &sender) {
            return Ok(());
        }
        let mut data = abi::error(AccessControlUnauthorizedAccount::SELECTOR, &[]);
        abi::push_word(&mut data, &sender.into_word());
        abi::push_word(&mut data, role);
        Err(data)
    }

    /// Gives `account` the `role`, or takes it, without asking who calls. Logs a change.
    #[inline(never)]
    pub fn set(self, role: &B256, account: &Address, has: bool) {
        if self.has(role, account) == has {
            return;
        }
        vm::save(&self.flag(role, account), &B256::with_last_byte(u8::from(has)));
        let signature = if has { RoleGranted::SIGNATURE } else { RoleRevoked::SIGNATURE };
        log::emit(signature, &[*role, account.into_word(), vm::sender().into_word()], &[]);
    }

    /// Gives `account` the `role`, or takes it, for the default admin.
    ///
    /// # Errors
    ///
    /// [`AccessControlUnauthorizedAccount`]; [`AccessControlLastAdmin`] if the admin would remove itself. Encoded.
    pub fn change(self, role: &B256, account: &Address, has: bool) -> Result<(), Vec<u8>> {
        self.only(&DEFAULT_ADMIN_ROLE)?;
        if !has && role.is_zero() && *account == vm::sender() {
            return Err(abi::error(AccessControlLastAdmin::SELECTOR, &[]));
        }
        self.set(role, account, has);
        Ok(())
    }

    /// Takes `role` from the caller, who confirms with its own address.
    ///
    /// # Errors
    ///
    /// [`AccessControlBadConfirmation`]; [`AccessControlLastAdmin`] if an admin would remove itself. Encoded.
    pub fn renounce(self, role: &B256, confirmation: &Address) -> Result<(), Vec<u8>> {
        if *confirmation != vm::sender() {
            return Err(abi::error(AccessControlBadConfirmation::SELECTOR, &[]));
        }
        if role.is_zero() && self.has(role, confirmation) {
            return Err(abi::error(AccessControlLastAdmin::SELECTOR, &[]));
        }
        self.set(role, confirmation, false);
        Ok(())
    }

    /// Answers a call of a function of [`IRoles`]; revert data without content for any other.
    ///
    /// # Errors
    ///
    /// As [`Roles::change`] and [`Roles::renounce`]; nothing for calldata that is not canonical.
    pub fn route(self, selector: u32, input: &[u8]) -> Result<Vec<u8>, Vec<u8>> {
        let function = route::find(FUNCTIONS, selector);
        let mut args = abi::Reader::new(input);
        let word = match function {
            HAS_ROLE | GRANT_ROLE | REVOKE_ROLE | RENOUNCE_ROLE => {
                let (role, account) = (args.word(), args.address());
                args.end()?;
                match function {
                    HAS_ROLE => abi::word(self.has(&role, &account).into()),
                    RENOUNCE_ROLE => return self.renounce(&role, &account).map(|()| Vec::new()),
                    _ => return self.change(&role, &account, function == GRANT_ROLE).map(|()| Vec::new()),
                }
            }
            // Every role is administered by the default admin.
            GET_ROLE_ADMIN => {
                args.word();
                args.end()?;
                DEFAULT_ADMIN_ROLE
            }
            DEFAULT_ADMIN => {
                args.end()?;
                DEFAULT_ADMIN_ROLE
            }
            SUPPORTS_INTERFACE => {
                let argument = args.word();
                args.end()?;
                let (id, zeros) = argument.split_at(4);
                if zeros.iter().any(|byte| *byte != 0) {
                    return Err(Vec::new());
                }
                abi::word(INTERFACES.iter().any(|known| known == id).into())
            }
            _ => return Err(Vec::new()),
        };
        Ok(word.to_vec())
    }
}
