package dev.chord.sim;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chord.core.id.Arc;
import dev.chord.core.id.Identifier;
import dev.chord.core.protocol.Action;
import dev.chord.core.ring.Peer;
import dev.chord.sim.History.Kind;
import dev.chord.sim.History.Operation;
import dev.chord.sim.History.Result;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Names on both sides of a cut, where the holders of an arc agree on who they are. */
class QuorumTest extends SixProcesses {
    /** The six in two halves, each way. */
    static Stream<List<Integer>> halves() {
        return IntStream.range(0, 1 << ALL.size())
                .filter(bits -> Integer.bitCount(bits) == ALL.size() / 2 && (bits & 1) == 1)
                .mapToObj(bits ->
                        ALL.stream().filter(i -> (bits >> (i - 1) & 1) == 1).toList());
    }

    @ParameterizedTest
    @MethodSource("halves")
    void theSideWithTwoOfThreeHoldersGoesOnAndTheOtherRefuses(List<Integer> one) {
        settle();
        List<Integer> other = ALL.stream().filter(i -> !one.contains(i)).toList();
        boolean here = one.stream().filter(HOLDERS::contains).count() >= 2;
        List<Integer> serving = here ? one : other;
        List<Integer> refusing = here ? other : one;
        ring.network()
                .partition(
                        one.stream().map(this::at).toList(),
                        other.stream().map(this::at).toList());
        for (int i = 0; i < 24; i++) { // few writes, for each whose outcome is unknown may come at any time
            if (i % 8 == 0) {
                write(refusing.get(i / 8));
            }
            if (i % 3 == 0) {
                write(serving.get(i / 3 % 3));
            }
            read((i % 2 == 0 ? one : other).get(i % 3));
            run(0.5);
        }
        run(11);
        long before = ring.simulation().now();
        serving.forEach(this::read);
        refusing.forEach(this::read);
        run(11);
        List<Operation> last =
                operations().stream().filter(o -> o.start() == before).toList();
        assertThat(last).hasSize(6);
        assertThat(last.stream().filter(o -> o.result() == Result.OK).count())
                .as("those with a quorum are served, and nobody else")
                .isEqualTo(3);
        long written = write(serving.get(0));
        write(refusing.get(0));
        run(11);
        assertThat(operations())
                .filteredOn(o -> o.value() == written)
                .extracting(Operation::result)
                .containsExactly(Result.OK);
        assertThat(operations())
                .filteredOn(o -> o.value() == written + 1)
                .extracting(Operation::result)
                .doesNotContain(Result.OK);
        ring.network().heal();
        run(30);
        assertThat(ring.notIdeal()).isEmpty();
        long healed = ring.simulation().now();
        ALL.forEach(this::read);
        run(2);
        assertThat(operations().stream().filter(o -> o.start() == healed))
                .hasSize(6)
                .allMatch(o -> o.result() == Result.OK);
        assertThat(Linearizability.violation(operations())).isEmpty();
    }

    @Test
    void anOwnerThatHasBeenReplacedDoesNotShowWhatWasTrueBefore() {
        settle();
        // the owner and a reader that is no holder; the ring that is left to them keeps them both
        ring.network().partition(List.of(at(2), at(3)), List.of(at(1), at(4), at(5), at(6)));
        List<Operation> seen = new ArrayList<>();
        long newest = value;
        for (int i = 0; i < 60; i++) {
            client.read(process(2), KEY, seen::add);
            if (i == 30) {
                newest = write(1);
            }
            run(0.5);
        }
        run(11);
        long last = newest;
        assertThat(operations())
                .as("the others went on")
                .anyMatch(o -> o.value() == last && o.kind() == Kind.WRITE && o.result() == Result.OK);
        assertThat(seen).hasSize(60);
        assertThat(seen.subList(45, 60))
                .as("what is not so any more is not said")
                .noneMatch(o -> o.result() == Result.OK);
    }

    @Test
    void anOwnerThatHangsAndComesBackDoesNotShowWhatWasTrueBefore() {
        settle();
        ring.pause(at(3));
        run(15);
        long newest = write(1);
        run(2);
        assertThat(operations().get(operations().size() - 1).result()).isEqualTo(Result.OK);
        // the old owner answers what waited for it before it hears anything of the others
        read(3);
        ring.resume(at(3));
        run(11);
        Operation seen = operations().get(operations().size() - 1);
        assertThat(seen.kind()).isEqualTo(Kind.READ);
        assertThat(seen.result() != Result.OK || seen.value() == newest).isTrue();
        assertThat(Linearizability.violation(operations())).isEmpty();
    }

    @Test
    void aHolderThatComesBackWithAnEmptyDiskIsNotTheOneThatPromised() {
        settle();
        // the arc goes to 4, 5 and 6; the old owner knows nothing of it
        ring.network().partition(List.of(at(3)), List.of(at(1), at(2), at(4), at(5), at(6)));
        run(20);
        write(1);
        run(2);
        assertThat(operations().get(operations().size() - 1).result()).isEqualTo(Result.OK);
        // 4 loses its disk and comes back on the old owner's side: two of the three holders that it knows of
        ring.crash(at(4));
        ring.wipe(at(4));
        ring.network().heal();
        ring.network().partition(List.of(at(3), at(4)), List.of(at(1), at(2), at(5), at(6)));
        ring.restart(hosts.get(3), List.of(at(3)));
        run(20);
        long lost = write(3);
        read(3);
        run(11);
        assertThat(operations().subList(operations().size() - 2, operations().size()))
                .noneMatch(o -> o.result() == Result.OK);
        assertThat(lost).isEqualTo(value);
        ring.network().heal();
        run(60);
        read(1);
        run(3);
        assertThat(operations().get(operations().size() - 1).result()).isEqualTo(Result.OK);
        assertThat(Linearizability.violation(operations())).isEmpty();
    }

    // Lets a process try to begin a tenure of the key's arc, before the owner can have noticed anything.
    private boolean takes(int taker) {
        take(taker);
        run(0.3);
        return hasBegun(taker);
    }

    private void take(int taker) {
        Arc arc = new Arc(Identifier.of(20), Identifier.of(30));
        SimulatedProcess process = process(taker);
        process.records().take(process.first().self(), new Action.TakeArc(-1, arc, List.of()));
    }

    private boolean hasBegun(int taker) {
        Peer self = process(taker).first().self();
        return process(taker).records().claims().stream()
                .filter(piece -> piece.arc().contains(KEY))
                .flatMap(piece -> piece.value().established().stream())
                .anyMatch(tenure -> tenure.holders().get(0).sameMember(self));
    }

    private void cut(int one, int... others) {
        for (int other : others) {
            ring.network().cut(at(one), at(other));
            ring.network().cut(at(other), at(one));
        }
    }

    @Test
    void newHoldersHaveWhatTheOldOnesHadBeforeTheirTenureBegins() {
        settle();
        assertThat(takes(6)).isTrue();
        for (int holder : new int[] {6, 1, 2}) {
            assertThat(process(holder).store().get(KEY).map(SimulatedValue::of)).contains(value);
        }
    }

    private long promised(int host) {
        return process(host).records().claims().stream()
                .filter(piece -> piece.arc().contains(KEY))
                .mapToLong(piece -> piece.value().promised())
                .sum();
    }

    // 5 has promised 4 to serve the owner no more, and still hears it; the owner knows of nothing.
    private void promisedBehindTheOwnersBack() {
        settle();
        run(3); // the lease by which it has written is over
        cut(3, 1, 4, 5, 6);
        assertThat(takes(4)).as("it still waits for the owner").isFalse();
        assertThat(promised(5)).isGreaterThan(1);
        ring.network().heal();
        cut(3, 1, 4, 6);
    }

    @Test
    void anOwnerThatDoesNotKnowYetThatItIsReplacedShowsNothing() {
        promisedBehindTheOwnersBack();
        List<Operation> seen = new ArrayList<>();
        client.read(process(2), KEY, seen::add);
        run(0.2);
        assertThat(seen).as("two of three have promised to serve it no more").isEmpty();
    }

    @Test
    void aTenureBeginsOnlyWhenNoOwnerAnswersByALeaseAnyMore() {
        settle();
        run(3); // the lease by which it has written is over
        cut(3, 1); // which the owner has no reason to notice
        ring.network().refuse();
        read(2); // it may answer without asking for a while now
        run(0.1);
        take(1);
        int tenths = 0;
        for (int before = -1; before < answered() && tenths < 100; tenths++) {
            before = answered();
            read(2);
            run(0.1);
        }
        assertThat(tenths).as("it answers without asking").isGreaterThan(20);
        assertThat(hasBegun(1)).isFalse();
        run(20); // whoever it is now
        int before = answered();
        read(2);
        run(3);
        assertThat(answered()).isGreaterThan(before);
        assertThat(Linearizability.violation(operations())).isEmpty();
    }

    private int answered() {
        return (int) operations().stream().filter(o -> o.result() == Result.OK).count();
    }

    @Test
    void whoHasPromisedKeepsNoWriteOfTheTenureBefore() {
        promisedBehindTheOwnersBack();
        long refused = write(2);
        run(0.9);
        assertThat(process(5).store().get(KEY).map(SimulatedValue::of))
                .as("it keeps none")
                .isNotEqualTo(Optional.of(refused));
        run(4.1);
        assertThat(operations()).noneMatch(o -> o.value() == refused && o.result() == Result.OK);
        ring.network().heal();
        run(20);
        read(1);
        run(3);
        assertThat(operations().get(operations().size() - 1).result()).isEqualTo(Result.OK);
        assertThat(Linearizability.violation(operations())).isEmpty();
    }

    @Test
    void whoHasPromisedKeepsNoWriteAlthoughTheLeaseThatItGaveIsNotOver() {
        settle();
        read(2); // the owner has a lease of 5 now
        run(0.1);
        cut(3, 1, 4, 6);
        assertThat(takes(4)).as("it waits for the end of the lease").isFalse();
        assertThat(promised(5)).isGreaterThan(1);
        long refused = write(2);
        run(0.9);
        assertThat(process(5).store().get(KEY).map(SimulatedValue::of))
                .as("it keeps none")
                .isNotEqualTo(Optional.of(refused));
        run(4.1);
        assertThat(operations()).noneMatch(o -> o.value() == refused && o.result() == Result.OK);
        run(20);
        ring.network().heal();
        run(20);
        read(1);
        run(3);
        assertThat(last().result()).isEqualTo(Result.OK);
        assertThat(Linearizability.violation(operations())).isEmpty();
    }

    @Test
    void twoHoldersGoneForGoodLeaveTheArcRefusedAndAllOthersServed() {
        settle();
        ring.crash(at(3));
        ring.crash(at(4));
        run(30);
        read(1);
        client.read(process(1), Identifier.of(55), operation -> {});
        run(11);
        assertThat(operations().get(operations().size() - 1).result()).isEqualTo(Result.FAILED);
        assertThat(history.byKey().get(Identifier.of(55)).get(0).result()).isEqualTo(Result.OK);
        ring.restart(hosts.get(3), List.of(at(1)));
        run(30);
        read(1);
        run(3);
        assertThat(operations().get(operations().size() - 1).result())
                .as("one of them came back")
                .isEqualTo(Result.OK);
    }

    // What an operator tells everybody who answers.
    private void giveUp(int... gone) {
        Map<Identifier, Long> processes = new TreeMap<>();
        long epoch = ring.processes().stream()
                .mapToLong(p -> p.store().epoch())
                .max()
                .orElseThrow();
        for (int host : gone) {
            processes.put(peers.get(host - 1).process(), epoch);
        }
        ring.processes().forEach(p -> p.records().giveUp(processes, durable -> {}));
    }

    private Operation last() {
        return operations().get(operations().size() - 1);
    }

    @Test
    void holdersThatAreGivenUpAreNotWaitedFor() {
        settle();
        ring.crash(at(3));
        ring.crash(at(4));
        run(30);
        giveUp(3, 4);
        run(10);
        read(1);
        run(3);
        assertThat(last().result()).isEqualTo(Result.OK);
        assertThat(last().value()).as("the third had it").isEqualTo(value);
        long written = write(2);
        run(3);
        assertThat(last().result()).isEqualTo(Result.OK);
        // they were not gone after all
        ring.restart(hosts.get(2), List.of(at(1)));
        ring.restart(hosts.get(3), List.of(at(1)));
        for (int i = 0; i < 40; i++) {
            read(3);
            read(4);
            run(0.5);
        }
        run(20);
        read(3);
        run(3);
        assertThat(last().result()).isEqualTo(Result.OK);
        assertThat(last().value()).isEqualTo(written);
        assertThat(Linearizability.violation(operations())).isEmpty();
    }

    @Test
    void theRestWaitsForEachThatIsNotGivenUp() {
        settle();
        ring.crash(at(3));
        ring.crash(at(4));
        run(30);
        giveUp(3);
        run(10);
        read(1);
        run(11);
        assertThat(last().result()).as("4 may have what 5 has not").isEqualTo(Result.FAILED);
        ring.restart(hosts.get(3), List.of(at(1)));
        run(30);
        read(1);
        run(3);
        assertThat(last().result()).isEqualTo(Result.OK);
        assertThat(Linearizability.violation(operations())).isEmpty();
    }
}
