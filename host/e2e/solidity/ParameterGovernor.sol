// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Governor} from "@openzeppelin/contracts/governance/Governor.sol";
import {TimelockController} from "@openzeppelin/contracts/governance/TimelockController.sol";
import {GovernorCountingSimple} from "@openzeppelin/contracts/governance/extensions/GovernorCountingSimple.sol";
import {GovernorTimelockControl} from "@openzeppelin/contracts/governance/extensions/GovernorTimelockControl.sol";
import {GovernorVotes} from "@openzeppelin/contracts/governance/extensions/GovernorVotes.sol";
import {IERC5805} from "@openzeppelin/contracts/interfaces/IERC5805.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {Time} from "@openzeppelin/contracts/utils/types/Time.sol";

/// @title What the Governor asks of the controller
interface IParameterHistory {
    /// @notice Value of a slot at a past moment (seconds); refuses one that is not over.
    function paramAt(uint8 slot, uint32 timepoint) external view returns (uint32);
}

/// @title A Governor whose quorum and proposal threshold are parameters of the controller
/// @notice Votes are the stakes of the vault; what passes is carried out by a timelock, which is the governance of every
/// contract. Quorum (slot 9) and proposal threshold (slot 10) are shares of everything staked, in basis points, both read
/// at the same past moment: share and stakes of a proposal's snapshot decide about it, whatever changes later.
/// @dev Nothing is clamped when read. The controller checks its ranges when a value is written and keeps every value with
/// its moment, so that a past quorum cannot move with a range that is set today. Shares are rounded up.
///
/// A controller that does not answer counts as one that answers the highest value its compiled ranges allow. Without this
/// a failed upgrade of the controller could never be repaired by a vote; and a caller who makes the question fail, by
/// giving too little gas, only raises the bar for his own call.
///
/// The controller's breaker can watch {turnout}. A proposal on which nobody votes counts as what it is: whoever has the
/// threshold can make one, and so halt model-driven changes for a week at a time. The answer is to vote on it, against it
/// too, since every vote counts; and a later proposal with votes replaces it.
contract ParameterGovernor is GovernorCountingSimple, GovernorVotes, GovernorTimelockControl {
    /// @notice The controller's slot of the quorum.
    uint8 public constant QUORUM_SLOT = 9;
    /// @notice The controller's slot of the proposal threshold.
    uint8 public constant THRESHOLD_SLOT = 10;
    /// @notice The highest quorum that the controller's compiled range allows, basis points.
    uint32 public constant HIGHEST_QUORUM = 2_000;
    /// @notice The highest proposal threshold that the controller's compiled range allows, basis points.
    uint32 public constant HIGHEST_THRESHOLD = 1_000;
    /// @notice A turnout of everything that could vote.
    uint32 public constant WHOLE = 65_536;
    uint256 private constant ONE = 10_000;

    /// @notice Where quorum and threshold are read.
    IParameterHistory public immutable controller;
    /// @notice Everything staked must be at least this much (base units), or no proposal can be made and none passes: a
    /// share of nearly nothing is no quorum.
    uint256 public immutable minVotableSupply;
    uint48 private immutable _votingDelay;
    uint32 private immutable _votingPeriod;
    /// @notice Votes cast for, against and abstaining on the last recorded proposal, as a share of everything staked at its
    /// snapshot, in units of 2^-16, rounded down; the whole while none is recorded.
    uint32 public turnout = WHOLE;
    /// @notice When the vote on the last recorded proposal ended, seconds; 0 while none is recorded.
    uint48 public turnoutDeadline;

    /// @notice The terms of this Governor, once, when it is created.
    event ParameterGovernorCreated(
        address indexed controller,
        address indexed vault,
        address indexed timelock,
        uint48 votingDelay,
        uint32 votingPeriod,
        uint256 minVotableSupply
    );

    /// @notice What was voted on a proposal is the turnout from now on; votes and supply in base units.
    event TurnoutRecorded(uint256 indexed proposalId, uint256 votes, uint256 supply, uint32 turnout);

    /// @notice `account` has no code.
    error ParameterGovernorWithoutCode(address account);
    /// @notice The votes do not count seconds.
    error ParameterGovernorWrongClock(string mode);
    /// @notice The controller has no value for `slot`.
    error ParameterGovernorNoParameter(uint8 slot);
    /// @notice Without a delay of at least one second the snapshot would not be over when the vote begins.
    error ParameterGovernorNoVotingDelay();
    /// @notice At least one base unit must be staked.
    error ParameterGovernorNoMinimum();
    /// @notice Less is staked than a proposal needs.
    error ParameterGovernorSupplyTooLow(uint256 supply, uint256 minimum);

    /// @notice The vote on the proposal ended no later than that on the one recorded last.
    error ParameterGovernorTurnoutNotLater(uint256 proposalId, uint256 deadline, uint256 last);

    /// @param name_ Name, also of the EIP-712 domain of votes by signature.
    /// @param vault Where the votes are; its clock must be `mode=timestamp`.
    /// @param timelock_ Carries out what passes; this contract must be its proposer and canceller.
    /// @param controller_ Where quorum and threshold are read; must have been initialised a second ago or earlier.
    /// @param votingDelay_ Seconds from a proposal to its snapshot, at least one.
    /// @param votingPeriod_ Seconds from the snapshot to the end of the vote, at least one.
    /// @param minVotableSupply_ What must be staked at least, base units, at least one.
    constructor(
        string memory name_,
        IERC5805 vault,
        TimelockController timelock_,
        IParameterHistory controller_,
        uint48 votingDelay_,
        uint32 votingPeriod_,
        uint256 minVotableSupply_
    ) Governor(name_) GovernorVotes(vault) GovernorTimelockControl(timelock_) {
        _needCode(address(vault));
        _needCode(address(timelock_));
        _needCode(address(controller_));
        string memory mode = vault.CLOCK_MODE();
        if (keccak256(bytes(mode)) != keccak256(bytes(CLOCK_MODE()))) revert ParameterGovernorWrongClock(mode);
        if (votingDelay_ == 0) revert ParameterGovernorNoVotingDelay();
        if (votingPeriod_ == 0) revert GovernorInvalidVotingPeriod(0);
        if (minVotableSupply_ == 0) revert ParameterGovernorNoMinimum();
        uint32 past = SafeCast.toUint32(clock() - 1);
        if (controller_.paramAt(QUORUM_SLOT, past) == 0) revert ParameterGovernorNoParameter(QUORUM_SLOT);
        if (controller_.paramAt(THRESHOLD_SLOT, past) == 0) revert ParameterGovernorNoParameter(THRESHOLD_SLOT);
        controller = controller_;
        _votingDelay = votingDelay_;
        _votingPeriod = votingPeriod_;
        minVotableSupply = minVotableSupply_;
        emit ParameterGovernorCreated(
            address(controller_), address(vault), address(timelock_), votingDelay_, votingPeriod_, minVotableSupply_
        );
    }

    /// @notice Seconds from a proposal to its snapshot.
    function votingDelay() public view override returns (uint256) {
        return _votingDelay;
    }

    /// @notice Seconds from the snapshot to the end of the vote.
    function votingPeriod() public view override returns (uint256) {
        return _votingPeriod;
    }

    /// @notice Everything staked at a past moment, base units.
    function votableSupply(uint256 timepoint) public view returns (uint256) {
        return token().getPastTotalSupply(timepoint);
    }

    /// @notice Votes that a proposal with this snapshot needs for it or abstaining, base units. The moment must be past.
    function quorum(uint256 timepoint) public view override returns (uint256) {
        return _share(QUORUM_SLOT, HIGHEST_QUORUM, timepoint);
    }

    /// @notice Votes that a proposer needs now: the threshold of one second ago, at which its votes are counted.
    function proposalThreshold() public view override returns (uint256) {
        return proposalThreshold(clock() - 1);
    }

    /// @notice Votes that a proposer needed at a past moment, base units.
    function proposalThreshold(uint256 timepoint) public view returns (uint256) {
        return _share(THRESHOLD_SLOT, HIGHEST_THRESHOLD, timepoint);
    }

    /// @notice As OpenZeppelin's; reverts with {ParameterGovernorSupplyTooLow} while less than the minimum is staked.
    function propose(
        address[] memory targets,
        uint256[] memory values,
        bytes[] memory calldatas,
        string memory description
    ) public override returns (uint256) {
        uint256 supply = votableSupply(clock() - 1);
        if (supply < minVotableSupply) revert ParameterGovernorSupplyTooLow(supply, minVotableSupply);
        return super.propose(targets, values, calldatas, description);
    }

    /// @notice Makes what was voted on a proposal the {turnout}. Anyone may, once its vote is over, for each proposal once and
    /// in the order in which votes end: an older one is refused after a later one. One that was cancelled does not count.
    /// @dev The share of nearly nothing is no turnout: with less than the minimum staked at its snapshot it is refused.
    function recordTurnout(uint256 proposalId) external {
        // The states in which the vote is over.
        _validateStateBitmap(
            proposalId,
            _encodeStateBitmap(ProposalState.Defeated) | _encodeStateBitmap(ProposalState.Succeeded)
                | _encodeStateBitmap(ProposalState.Queued) | _encodeStateBitmap(ProposalState.Executed)
        );
        uint256 deadline = proposalDeadline(proposalId);
        if (deadline <= turnoutDeadline) {
            revert ParameterGovernorTurnoutNotLater(proposalId, deadline, turnoutDeadline);
        }
        uint256 supply = votableSupply(proposalSnapshot(proposalId));
        if (supply < minVotableSupply) revert ParameterGovernorSupplyTooLow(supply, minVotableSupply);
        (uint256 against, uint256 support, uint256 abstained) = proposalVotes(proposalId);
        uint256 votes = against + support + abstained;
        turnout = SafeCast.toUint32(Math.mulDiv(votes, WHOLE, supply));
        turnoutDeadline = SafeCast.toUint48(deadline);
        emit TurnoutRecorded(proposalId, votes, supply, turnout);
    }

    /// @notice Seconds of `block.timestamp`, also while the vault does not answer.
    function clock() public view override(Governor, GovernorVotes) returns (uint48) {
        return Time.timestamp();
    }

    /// @notice What the clock counts.
    // solhint-disable-next-line func-name-mixedcase
    function CLOCK_MODE() public pure override(Governor, GovernorVotes) returns (string memory) {
        return "mode=timestamp";
    }

    /// @inheritdoc GovernorTimelockControl
    function state(uint256 proposalId) public view override(Governor, GovernorTimelockControl) returns (ProposalState) {
        return super.state(proposalId);
    }

    /// @inheritdoc GovernorTimelockControl
    function proposalNeedsQueuing(uint256 proposalId)
        public
        view
        override(Governor, GovernorTimelockControl)
        returns (bool)
    {
        return super.proposalNeedsQueuing(proposalId);
    }

    /// @dev Besides the quorum, enough must have been staked at the snapshot: stakes may leave between the two.
    function _quorumReached(uint256 proposalId)
        internal
        view
        override(Governor, GovernorCountingSimple)
        returns (bool)
    {
        return votableSupply(proposalSnapshot(proposalId)) >= minVotableSupply && super._quorumReached(proposalId);
    }

    function _queueOperations(
        uint256 proposalId,
        address[] memory targets,
        uint256[] memory values,
        bytes[] memory calldatas,
        bytes32 descriptionHash
    ) internal override(Governor, GovernorTimelockControl) returns (uint48) {
        return super._queueOperations(proposalId, targets, values, calldatas, descriptionHash);
    }

    function _executeOperations(
        uint256 proposalId,
        address[] memory targets,
        uint256[] memory values,
        bytes[] memory calldatas,
        bytes32 descriptionHash
    ) internal override(Governor, GovernorTimelockControl) {
        super._executeOperations(proposalId, targets, values, calldatas, descriptionHash);
    }

    function _cancel(
        address[] memory targets,
        uint256[] memory values,
        bytes[] memory calldatas,
        bytes32 descriptionHash
    ) internal override(Governor, GovernorTimelockControl) returns (uint256) {
        return super._cancel(targets, values, calldatas, descriptionHash);
    }

    function _executor() internal view override(Governor, GovernorTimelockControl) returns (address) {
        return super._executor();
    }

    /// @dev A slot's share of everything staked, both at `timepoint`, rounded up.
    function _share(uint8 slot, uint32 highest, uint256 timepoint) private view returns (uint256) {
        // The vault refuses a moment that is not past, before the controller is asked.
        uint256 supply = votableSupply(timepoint);
        bytes memory question = abi.encodeCall(IParameterHistory.paramAt, (slot, SafeCast.toUint32(timepoint)));
        (bool answered, bytes memory answer) = address(controller).staticcall(question);
        uint256 share = answered && answer.length == 32 ? abi.decode(answer, (uint256)) : highest;
        return Math.mulDiv(supply, share, ONE, Math.Rounding.Ceil);
    }

    function _needCode(address account) private view {
        if (account.code.length == 0) revert ParameterGovernorWithoutCode(account);
    }
}
