package dev.chord.core.records;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chord.core.id.Arc;
import dev.chord.core.id.Identifier;
import dev.chord.core.placement.ArcMap;
import dev.chord.core.ring.Endpoint;
import dev.chord.core.ring.Peer;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** When a new tenure may begin: enough holders of each that may be the last have promised, in every part. */
class BallotTest {
    private static final int WRITE_QUORUM = 2;
    private static final Arc LEFT = new Arc(Identifier.of(1), Identifier.of(5));
    private static final Arc RIGHT = new Arc(Identifier.of(5), Identifier.of(9));
    private static final Arc BOTH = new Arc(Identifier.of(1), Identifier.of(9));

    private final Ballot ballot = new Ballot(List.of(BOTH), WRITE_QUORUM);

    private static Tenure tenure(long epoch, long... holders) {
        return new Tenure(
                epoch, LongStream.of(holders).mapToObj(BallotTest::peer).toList());
    }

    private static Peer peer(long number) {
        Identifier id = Identifier.of(number);
        return new Peer(id, new Endpoint("h" + number, 1), "z", id, 1);
    }

    private static Set<Identifier> processes(long... numbers) {
        return Set.copyOf(LongStream.of(numbers).mapToObj(Identifier::of).toList());
    }

    private void heardOf(Arc arc, Claim claim) {
        ballot.hear(List.of(new ArcMap.Piece<>(arc, claim)));
    }

    private void promisedBy(long... numbers) {
        processes(numbers).forEach(ballot::promised);
    }

    @Test
    void aPartOfWhichNobodyHasToldIsNotFree() {
        heardOf(LEFT, Claim.NONE.establish(tenure(3, 1, 2, 3)));
        promisedBy(1, 2, 3);
        assertThat(ballot.unknown()).isTrue();
        assertThat(ballot.free()).containsExactly(LEFT);
        assertThat(ballot.isFree()).isFalse();
        heardOf(RIGHT, Claim.NONE.establish(tenure(3, 1, 2, 3)));
        assertThat(ballot.unknown()).isFalse();
        assertThat(ballot.isFree()).isTrue();
    }

    @Test
    void mostOfTheHoldersOfEachPartHaveToPromise() {
        heardOf(LEFT, Claim.NONE.establish(tenure(3, 1, 2, 3)));
        heardOf(RIGHT, Claim.NONE.establish(tenure(4, 3, 4, 5)));
        promisedBy(2, 3);
        assertThat(ballot.free()).containsExactly(LEFT);
        assertThat(ballot.isFree()).isFalse();
        promisedBy(5);
        assertThat(ballot.free()).containsExactly(LEFT, RIGHT);
        assertThat(ballot.isFree()).isTrue();
    }

    @Test
    void oneThatMayHaveBegunHasToEndAsWell() {
        heardOf(BOTH, Claim.NONE.establish(tenure(3, 1, 2, 3)).propose(tenure(4, 4, 5, 6)));
        promisedBy(1, 2);
        assertThat(ballot.isFree()).isFalse();
        promisedBy(4, 6);
        assertThat(ballot.isFree()).isTrue();
    }

    @Test
    void whatIsKnownToHaveBegunEndsAllBeforeItAndNothingElse() {
        heardOf(BOTH, Claim.NONE.establish(tenure(3, 1, 2, 3)).propose(tenure(4, 4, 5, 6)));
        heardOf(BOTH, Claim.NONE.establish(tenure(4, 4, 5, 6)));
        heardOf(BOTH, Claim.NONE.establish(tenure(2, 7, 8, 9)));
        assertThat(ballot.unasked())
                .extracting(Peer::process)
                .containsExactlyElementsOf(List.of(Identifier.of(4), Identifier.of(5), Identifier.of(6)));
        assertThat(ballot.unasked()).as("each is asked once").isEmpty();
        promisedBy(5, 6);
        assertThat(ballot.isFree()).isTrue();
    }

    @Test
    void aTenureBeginsWithMostOfItsOwnHoldersNoneOfThemGivenUp() {
        Tenure next = tenure(7, 1, 2, 3);
        assertThat(ballot.begins(next, processes(1))).isFalse();
        assertThat(ballot.begins(next, processes(4, 5, 6))).isFalse();
        assertThat(ballot.begins(next, processes(1, 3))).isTrue();
        ballot.giveUp(Map.of(Identifier.of(2), 6L));
        assertThat(ballot.begins(next, processes(1, 3)))
                .as("given up for earlier tenures: it is back")
                .isTrue();
        ballot.giveUp(Map.of(Identifier.of(2), 7L));
        assertThat(ballot.begins(next, processes(1, 3))).isFalse();
    }

    @Test
    void aTenureHasBegunWhereTheOnesBeforeItHaveEndedToo() {
        Tenure next = tenure(7, 1, 2, 3);
        heardOf(LEFT, Claim.NONE.establish(tenure(3, 1, 2, 3)));
        heardOf(RIGHT, Claim.NONE.establish(tenure(3, 3, 4, 5)));
        List<Arc> everywhere = List.of(BOTH);
        assertThat(ballot.begun(next, everywhere, processes(1, 2))).containsExactly(LEFT);
        assertThat(ballot.hasBegun(next, everywhere, processes(1, 2))).isFalse();
        assertThat(ballot.hasBegun(next, List.of(LEFT), processes(1, 2))).isTrue();
        assertThat(ballot.begun(next, everywhere, processes(1, 3, 4))).containsExactly(LEFT, RIGHT);
        assertThat(ballot.hasBegun(next, everywhere, processes(1, 3, 4))).isTrue();
        assertThat(ballot.hasBegun(next, everywhere, processes(2, 4, 5)))
                .as("noted by enough of the others, not by enough of its own")
                .isFalse();
        assertThat(ballot.begun(next, everywhere, processes(2, 4, 5))).isEmpty();
    }

    @Test
    void readsByALeaseEndWhenEachOwnerHasPromised() {
        heardOf(LEFT, Claim.NONE.establish(tenure(3, 1, 2, 3)));
        heardOf(RIGHT, Claim.NONE.establish(tenure(3, 4, 2, 3)));
        promisedBy(1, 2, 3);
        assertThat(ballot.isFree()).isTrue();
        assertThat(ballot.ownersPromised()).isFalse();
        promisedBy(4);
        assertThat(ballot.ownersPromised()).isTrue();
    }

    @Test
    void whoWasAskedAndWhoWillHoldNotesTheNewOne() {
        heardOf(BOTH, Claim.NONE.establish(tenure(3, 1, 2, 3)));
        ballot.unasked();
        assertThat(ballot.voters(tenure(4, 2, 3, 8)))
                .extracting(Peer::process)
                .containsExactlyInAnyOrderElementsOf(processes(1, 2, 3, 8));
    }
}
