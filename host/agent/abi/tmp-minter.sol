interface IMinter {
    function initialize(address governance, address controller, address token, address recipient, uint64 genesis, uint32 epochLength) external;
    function rollEpoch() external;
    function controller() external view returns (address);
    function token() external view returns (address);
    function recipient() external view returns (address);
    function governance() external view returns (address);
}
