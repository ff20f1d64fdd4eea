// SPDX-License-Identifier: MIT-OR-APACHE-2.0
pragma solidity ^0.8.23;

/// The lens writes nothing and logs nothing.
interface ILensEvents {}
