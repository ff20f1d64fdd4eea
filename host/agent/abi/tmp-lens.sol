interface ILens { function params(address c) external view returns (uint32[] memory); }
