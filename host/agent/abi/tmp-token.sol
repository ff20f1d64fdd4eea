interface IToken {
    function totalSupply() external view returns (uint256);
    function balanceOf(address account) external view returns (uint256);
    function transfer(address to, uint256 value) external returns (bool);
    function approve(address spender, uint256 value) external returns (bool);
    function burn(uint256 value) external;
    function minter() external view returns (address);
    function owner() external view returns (address);
    function cap() external view returns (uint256);
    function setMinter(address minter) external;
}
