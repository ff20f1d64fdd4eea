// SPDX-License-Identifier: MIT OR Apache-2.0
// Every event the token can emit. The contract and the host programs read this same file.

/// ERC-20: `value` moved from `from` to `to`. A mint comes from the zero address, a burn goes to it.
event Transfer(address indexed from, address indexed to, uint256 value);

/// ERC-20: `spender` may now move `value` of `owner`'s tokens.
event Approval(address indexed owner, address indexed spender, uint256 value);

/// Ownership moved. To the zero address when the minter was set: nobody is owner from then on.
event OwnershipTransferred(address indexed previousOwner, address indexed newOwner);

/// The one account that may mint was named, for good.
event MinterSet(address indexed minter);
