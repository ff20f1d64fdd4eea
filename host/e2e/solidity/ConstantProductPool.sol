// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @title Constant-product market of two tokens
/// @notice The pool keeps `reserveToken * reserveQuote` from falling: a trader pays `feeBps` of what is brought in. One
/// sixth of the fee goes to `treasury`, in the token that came in: the protocol's revenue. The rest stays in the
/// reserves, for the holders of the shares. Without a treasury all of it stays.
/// @dev Reserves are written down, not read from balances, so that a donation moves no price. Tokens that take a fee on
/// transfer are refused. The price accumulator is Uniswap V2's: whoever keeps two readings of it has the average price
/// between them, on which a trade within one block has no influence.
contract ConstantProductPool is ERC20, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;
    using Math for uint256;

    /// @notice Shares burnt by the first deposit, which makes inflating the price of a share expensive.
    uint256 public constant MINIMUM_SHARES = 1000;
    /// @notice The treasury's part of the fee: one in so many.
    uint256 public constant PROTOCOL_PART = 6;
    uint256 private constant BPS = 10_000;
    /// @dev Binary places of a price in the accumulator. Reserves of up to 2^128 leave the product far below 2^256.
    uint256 private constant FRACTION = 112;

    IERC20 public immutable token;
    IERC20 public immutable quote;
    /// @notice Fee on the amount brought in, in basis points.
    uint256 public immutable feeBps;
    /// @notice Receives the protocol's part of the fee; zero for none.
    address public immutable treasury;

    uint256 public reserveToken;
    uint256 public reserveQuote;

    uint256 private _cumulative;
    uint256 private _updatedAt;

    error PoolFeeTooHigh(uint256 fee, uint256 max);
    error PoolForeignToken(address token);
    error PoolInsufficientOutput(uint256 output, uint256 min);
    error PoolNoLiquidity();
    error PoolReserveTooLarge(uint256 reserve, uint256 max);
    error PoolSameToken(address token);
    error PoolShortTransfer(uint256 received, uint256 expected);
    error PoolTooFewShares(uint256 shares, uint256 min);
    error PoolZeroAmount();

    event LiquidityAdded(address indexed provider, uint256 tokenIn, uint256 quoteIn, uint256 shares);
    event LiquidityRemoved(address indexed provider, uint256 tokenOut, uint256 quoteOut, uint256 shares);
    /// @notice `fee` is the whole fee, the treasury's part included, in units of `tokenIn`.
    event Swap(address indexed trader, address indexed tokenIn, uint256 amountIn, uint256 amountOut, uint256 fee);
    event Sync(uint256 reserveToken, uint256 reserveQuote);

    constructor(IERC20 token_, IERC20 quote_, uint256 feeBps_, address treasury_) ERC20("Escapement Pool Share", "EPS") {
        if (address(token_) == address(quote_)) revert PoolSameToken(address(token_));
        if (feeBps_ > 1000) revert PoolFeeTooHigh(feeBps_, 1000);
        token = token_;
        quote = quote_;
        feeBps = feeBps_;
        treasury = treasury_;
    }

    /// @notice Both reserves, token first.
    function reserves() external view returns (uint256, uint256) {
        return (reserveToken, reserveQuote);
    }

    /// @notice Quote units per 1e18 token units at the margin, before the fee.
    function spotPrice() external view returns (uint256) {
        if (reserveToken == 0) revert PoolNoLiquidity();
        return reserveQuote.mulDiv(1e18, reserveToken);
    }

    /// @notice Quote units per token unit, with 112 binary places, times the seconds they lasted, up to now; wraps at 2^256.
    function priceCumulative() public view returns (uint256 cumulative) {
        cumulative = _cumulative;
        if (reserveToken == 0 || reserveQuote == 0) return cumulative;
        unchecked {
            // Only differences of readings mean anything.
            cumulative += (reserveQuote << FRACTION) / reserveToken * (block.timestamp - _updatedAt);
        }
    }

    /// @notice What `amountIn` of `tokenIn` buys now. Rounded down.
    function amountOutFor(address tokenIn, uint256 amountIn) public view returns (uint256) {
        (uint256 reserveIn, uint256 reserveOut) =
            _isQuote(tokenIn) ? (reserveQuote, reserveToken) : (reserveToken, reserveQuote);
        if (reserveIn == 0 || reserveOut == 0) revert PoolNoLiquidity();
        uint256 charged = amountIn - _feeOn(amountIn);
        return charged.mulDiv(reserveOut, reserveIn + charged);
    }

    /// @notice Swaps exactly `amountIn` of `tokenIn` for at least `minOut` of the other token, paid to `to`.
    function swap(address tokenIn, uint256 amountIn, uint256 minOut, address to)
        external
        nonReentrant
        returns (uint256 amountOut)
    {
        if (amountIn == 0) revert PoolZeroAmount();
        amountOut = amountOutFor(tokenIn, amountIn);
        if (amountOut == 0 || amountOut < minOut) revert PoolInsufficientOutput(amountOut, minOut);
        uint256 fee = _feeOn(amountIn);
        uint256 revenue = treasury == address(0) ? 0 : fee / PROTOCOL_PART;
        bool buy = _isQuote(tokenIn);
        if (buy) _update(reserveToken - amountOut, reserveQuote + amountIn - revenue);
        else _update(reserveToken + amountIn - revenue, reserveQuote - amountOut);

        IERC20 incoming = buy ? quote : token;
        _pull(incoming, amountIn);
        if (revenue != 0) incoming.safeTransfer(treasury, revenue);
        (buy ? token : quote).safeTransfer(to, amountOut);
        emit Swap(msg.sender, tokenIn, amountIn, amountOut, fee);
    }

    /// @notice Deposits at most `tokenMax` and `quoteMax` in the ratio of the reserves; any ratio for the first deposit.
    function addLiquidity(uint256 tokenMax, uint256 quoteMax, uint256 minShares)
        external
        nonReentrant
        returns (uint256 shares)
    {
        (uint256 tokenIn, uint256 quoteIn) = (tokenMax, quoteMax);
        uint256 supply = totalSupply();
        if (supply == 0) {
            uint256 all = Math.sqrt(tokenIn * quoteIn);
            if (all <= MINIMUM_SHARES) revert PoolTooFewShares(all, MINIMUM_SHARES + 1);
            shares = all - MINIMUM_SHARES;
            // Burnt for good: OpenZeppelin's ERC-20 refuses the zero address.
            _mint(address(0xdEaD), MINIMUM_SHARES);
        } else {
            uint256 quoteFit = tokenMax.mulDiv(reserveQuote, reserveToken, Math.Rounding.Ceil);
            if (quoteFit <= quoteMax) quoteIn = quoteFit;
            else tokenIn = quoteMax.mulDiv(reserveToken, reserveQuote, Math.Rounding.Ceil);
            shares = Math.min(tokenIn.mulDiv(supply, reserveToken), quoteIn.mulDiv(supply, reserveQuote));
        }
        if (shares == 0 || shares < minShares) revert PoolTooFewShares(shares, minShares);
        _update(reserveToken + tokenIn, reserveQuote + quoteIn);
        _mint(msg.sender, shares);
        _pull(token, tokenIn);
        _pull(quote, quoteIn);
        emit LiquidityAdded(msg.sender, tokenIn, quoteIn, shares);
    }

    /// @notice Burns `shares` of the caller for their part of both reserves, rounded down.
    function removeLiquidity(uint256 shares, uint256 minToken, uint256 minQuote)
        external
        nonReentrant
        returns (uint256 tokenOut, uint256 quoteOut)
    {
        uint256 supply = totalSupply();
        if (shares == 0) revert PoolZeroAmount();
        tokenOut = shares.mulDiv(reserveToken, supply);
        quoteOut = shares.mulDiv(reserveQuote, supply);
        if (tokenOut < minToken) revert PoolInsufficientOutput(tokenOut, minToken);
        if (quoteOut < minQuote) revert PoolInsufficientOutput(quoteOut, minQuote);
        _burn(msg.sender, shares);
        _update(reserveToken - tokenOut, reserveQuote - quoteOut);
        token.safeTransfer(msg.sender, tokenOut);
        quote.safeTransfer(msg.sender, quoteOut);
        emit LiquidityRemoved(msg.sender, tokenOut, quoteOut, shares);
    }

    /// @dev Rounded up: a trade too small to be charged would be free.
    function _feeOn(uint256 amountIn) private view returns (uint256) {
        return amountIn.mulDiv(feeBps, BPS, Math.Rounding.Ceil);
    }

    function _isQuote(address tokenIn) private view returns (bool) {
        if (tokenIn == address(quote)) return true;
        if (tokenIn != address(token)) revert PoolForeignToken(tokenIn);
        return false;
    }

    /// @dev The price before the change has lasted until now, and the one after it has lasted for no time yet.
    function _update(uint256 token_, uint256 quote_) private {
        if (quote_ > type(uint128).max) revert PoolReserveTooLarge(quote_, type(uint128).max);
        _cumulative = priceCumulative();
        _updatedAt = block.timestamp;
        reserveToken = token_;
        reserveQuote = quote_;
        emit Sync(token_, quote_);
    }

    function _pull(IERC20 asset, uint256 amount) private {
        uint256 held = asset.balanceOf(address(this));
        asset.safeTransferFrom(msg.sender, address(this), amount);
        uint256 received = asset.balanceOf(address(this)) - held;
        if (received != amount) revert PoolShortTransfer(received, amount);
    }
}
