// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

interface IArbWasm {
    function activateProgram(address program) external payable returns (uint16 version, uint256 dataFee);
    function codehashVersion(bytes32 codehash) external view returns (uint16 version);
    function stylusVersion() external view returns (uint16 version);
}

/// Creates a program, activates it if needed and runs its constructor, in one transaction.
contract StylusDeployer {
    IArbWasm private constant ARB_WASM = IArbWasm(address(0x71));

    event ContractDeployed(address deployedContract);

    error ContractDeploymentError(bytes bytecode);
    error ContractInitializationError(address newContract, bytes data);
    error RefundExcessValueError(uint256 excessValue);
    error EmptyBytecode();
    error InitValueButNotInitData();

    /// `bytecode` is init code; `initData` is the call that initialises, with `initValue` wei; a zero `salt` means CREATE.
    function deploy(bytes calldata bytecode, bytes calldata initData, uint256 initValue, bytes32 salt)
        external
        payable
        returns (address created)
    {
        if (bytecode.length == 0) revert EmptyBytecode();
        if (initData.length == 0 && initValue != 0) revert InitValueButNotInitData();
        created = _create(bytecode, initData, salt);
        uint256 rest = msg.value - initValue;
        if (_needsActivation(created.codehash)) {
            (, uint256 fee) = ARB_WASM.activateProgram{value: rest}(created);
            rest -= fee;
        }
        if (initData.length != 0) {
            (bool ok, bytes memory data) = created.call{value: initValue}(initData);
            if (!ok) revert ContractInitializationError(created, data);
        }
        if (rest != 0) {
            (bool refunded,) = msg.sender.call{value: rest}("");
            if (!refunded) revert RefundExcessValueError(rest);
        }
        emit ContractDeployed(created);
    }

    function _create(bytes calldata bytecode, bytes calldata initData, bytes32 salt) private returns (address created) {
        bytes memory code = bytecode;
        if (salt == 0) {
            assembly ("memory-safe") {
                created := create(0, add(code, 32), mload(code))
            }
        } else {
            // The same code with another constructor call gets another address.
            bytes32 bound = keccak256(abi.encodePacked(salt, initData));
            assembly ("memory-safe") {
                created := create2(0, add(code, 32), mload(code), bound)
            }
        }
        if (created == address(0)) {
            assembly ("memory-safe") {
                if returndatasize() {
                    let data := mload(0x40)
                    returndatacopy(data, 0, returndatasize())
                    revert(data, returndatasize())
                }
            }
            revert ContractDeploymentError(bytecode);
        }
    }

    function _needsActivation(bytes32 codehash) private view returns (bool) {
        try ARB_WASM.codehashVersion(codehash) returns (uint16 version) {
            return version != ARB_WASM.stylusVersion();
        } catch {
            return true;
        }
    }
}
