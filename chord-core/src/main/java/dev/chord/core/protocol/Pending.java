package dev.chord.core.protocol;

import dev.chord.core.message.Reply;

/** What the answer to a request in flight is for. Each operation defines its own. */
sealed interface Pending
        permits Stabilize.AwaitHead,
                Stabilize.AwaitCandidate,
                Stabilize.AwaitNotified,
                Rectify.AwaitPredecessor,
                Lookups.AwaitStep,
                Probe.AwaitSign,
                FixFingers.AwaitFinger,
                Dissemination.AwaitMembers,
                Dissemination.AwaitPassed,
                Dissemination.AwaitPiece,
                Join.AwaitSeed,
                Join.AwaitOldSelf,
                Join.AwaitAdmission,
                Join.AwaitRemembered,
                KeyHandoff.AwaitRecognition,
                KeyHandoff.AwaitTaker,
                Reunion.AwaitLost,
                Leave.AwaitConsent,
                Leave.AwaitFarewell {

    /** Whether this is ring maintenance, of which a member has one at a time. */
    default boolean maintenance() {
        return false;
    }

    void answered(Turn turn, Reply reply);

    void failed(Turn turn, Event.Failure failure);
}
