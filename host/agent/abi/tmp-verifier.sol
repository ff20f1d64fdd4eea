interface IVerifier {
    struct ModelRecord { address data; bytes32 kpiSchema; uint8 kind; bool active; }
    function owner() external view returns (address);
    function guardian() external view returns (address);
    function threshold() external view returns (uint8);
    function signers() external view returns (address[] memory);
    function signerEpoch() external view returns (uint64);
    function model(bytes32 modelId) external view returns (address data, bytes32 kpiSchema, uint8 kind, bool active);
    function registerModel(bytes32 modelId, address data, bytes32 kpiSchema, uint8 kind) external;
    function setUptimeFeed(address feed, uint32 grace) external;
    function transferOwnership(address newOwner) external;
    function setModelActive(bytes32 modelId, bool active) external;
}
