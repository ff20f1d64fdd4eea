// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

/// A Safe account, as far as it is used here.
interface ISafe {
    function setup(address[] owners, uint256 threshold, address to, bytes data, address fallbackHandler, address paymentToken, uint256 payment, address paymentReceiver) external;
    function execTransaction(address to, uint256 value, bytes data, uint8 operation, uint256 safeTxGas, uint256 baseGas, uint256 gasPrice, address gasToken, address refundReceiver, bytes signatures) external payable returns (bool success);
    function getTransactionHash(address to, uint256 value, bytes data, uint8 operation, uint256 safeTxGas, uint256 baseGas, uint256 gasPrice, address gasToken, address refundReceiver, uint256 nonce) external view returns (bytes32);
    function nonce() external view returns (uint256);
    function getThreshold() external view returns (uint256);
    function getOwners() external view returns (address[]);
    function VERSION() external view returns (string);
    function getModulesPaginated(address start, uint256 pageSize) external view returns (address[] array, address next);
    function addOwnerWithThreshold(address owner, uint256 threshold) external;
    function enableModule(address module) external;
    function removeOwner(address previous, address owner, uint256 threshold) external;
    event ExecutionSuccess(bytes32 indexed txHash, uint256 payment);
}

/// What creates Safe accounts.
interface ISafeProxyFactory {
    function createProxyWithNonce(address singleton, bytes initializer, uint256 saltNonce) external returns (address proxy);
    function proxyCreationCode() external pure returns (bytes);
    event ProxyCreation(address indexed proxy, address singleton);
}
