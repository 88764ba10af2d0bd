package dev.chord.sim;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chord.core.id.Identifier;
import dev.chord.core.id.IdentifierCircle;
import dev.chord.core.records.Record;
import dev.chord.core.records.RecordDisk;
import dev.chord.core.ring.Endpoint;
import dev.chord.core.ring.RingSettings;
import dev.chord.core.version.Version;
import dev.chord.sim.client.SimulatedClient;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The rules that keep data safe, each in a story of its own on a ring of five. */
class DataRulesTest {
    private static final long SECOND = Simulation.SECOND;
    private static final long MILLI = Simulation.MILLISECOND;

    /** Falls to the host at 30; the next holders are those at 40 and 50. */
    private static final Identifier KEY = Identifier.of(25);

    private final SimulationSettings settings = new SimulationSettings(
            new RingSettings(new IdentifierCircle(8), 4, 3, 2, 1),
            SimulationSettings.SimulatedTimers.every(2 * SECOND, 500 * MILLI),
            SimulatedNetwork.Quality.perfect(Delay.fixed(2 * MILLI)),
            false,
            Delay.fixed(5 * MILLI));
    private final SimulatedRing ring = new SimulatedRing(settings, 1);
    private final History history = new History();
    private final SimulatedClient client = new SimulatedClient(ring, history);
    private final List<SimulatedRing.Host> hosts = new ArrayList<>();

    @BeforeEach
    void settle() {
        for (int i = 1; i <= 5; i++) {
            hosts.add(SimulatedRing.Host.of(i, Identifier.of(10L * i)));
        }
        ring.startIdeal(hosts);
        run(20);
    }

    private void run(long seconds) {
        ring.simulation().runUntil(ring.simulation().now() + seconds * SECOND);
    }

    private Endpoint at(int host) {
        return hosts.get(host - 1).endpoint();
    }

    private SimulatedProcess process(int host) {
        return ring.process(at(host)).orElseThrow();
    }

    private void cut(int one, int... others) {
        for (int other : others) {
            ring.network().cut(at(one), at(other));
            ring.network().cut(at(other), at(one));
        }
    }

    private static RecordDisk.Batch batch(Record record) {
        return new RecordDisk.Batch(List.of(record), Optional.empty(), 0, List.of());
    }

    private void write(int through, long value) {
        client.write(process(through), History.Kind.WRITE, new SimulatedClient.Assignment(KEY, value));
    }

    private History.Operation last() {
        List<History.Operation> all = history.byKey().get(KEY);
        return all.get(all.size() - 1);
    }

    private History.Operation read(int through) {
        client.read(process(through), KEY, operation -> {});
        run(11);
        return last();
    }

    @Test
    void aWriteIsAcknowledgedOnceAQuorumHasItDurably() {
        write(1, 7);
        run(1);
        assertThat(last().result()).isEqualTo(History.Result.OK);
        long copies = ring.processes().stream()
                .filter(p -> p.store().get(KEY).isPresent())
                .count();
        assertThat(copies).isEqualTo(3);
    }

    // They answer at once that they keep nothing.
    private void fillTheOthersDisks() {
        process(4).store().fill();
        process(5).store().fill();
    }

    @Test
    void aWriteThatOnlyItsOwnerHasIsNotAcknowledgedAndNotShown() {
        fillTheOthersDisks();
        write(2, 7);
        run(3);
        assertThat(process(3).store().get(KEY).map(SimulatedValue::of)).contains(7L);
        assertThat(history.byKey()).as("not acknowledged").isEmpty();
    }

    @Test
    void aWriteThatIsNeverAnsweredIsUnknown() {
        write(2, 6);
        run(1);
        ring.network().cut(at(3), at(2));
        write(2, 7);
        run(4); // it has been asked for in vain
        ring.network().cut(at(2), at(3));
        ring.network().refuse();
        run(7);
        assertThat(last().result()).isEqualTo(History.Result.UNKNOWN);
        assertThat(read(1).value()).isEqualTo(7);
    }

    @Test
    void anOwnerShowsOnlyWhatAQuorumHas() {
        write(1, 7);
        run(1);
        fillTheOthersDisks();
        write(2, 8);
        run(11); // nobody waits for it any more
        List<History.Operation> seen = new ArrayList<>();
        client.read(process(2), KEY, seen::add);
        run(11);
        assertThat(process(3).store().get(KEY).map(SimulatedValue::of)).contains(8L);
        assertThat(seen).as("a quorum has only the old one").noneMatch(o -> o.value() == 8);
    }

    @Test
    void whatADeadOwnerHadNotAcknowledgedNeverComesBackOverWhatTheNextOneHas() {
        write(1, 7);
        run(1);
        cut(3, 1, 4, 5);
        write(2, 8); // no other holder hears of it
        run(1);
        ring.crash(at(3));
        ring.network().heal();
        run(60);
        write(1, 9);
        run(3);
        assertThat(last().result()).isEqualTo(History.Result.OK);
        ring.restart(hosts.get(2), List.of(at(1)));
        run(100);
        assertThat(ring.notIdeal()).isEmpty();
        assertThat(read(2).value()).isEqualTo(9);
    }

    @Test
    void aTakerHearsAllWhoMayHaveWhatTheDeadOwnerAcknowledged() {
        SimulationSettings noRepair = new SimulationSettings(
                settings.ring(),
                settings.timers().withoutRepair(),
                settings.network(),
                settings.refuses(),
                settings.disk());
        SimulatedRing slow = new SimulatedRing(noRepair, 1);
        slow.startIdeal(hosts);
        Record record = SimulatedValue.name(KEY, new Version(1, Identifier.of(30)), 7, false, List.of());
        for (int holder : new int[] {3, 5}) { // a quorum; 40, next to the owner, missed it
            slow.process(at(holder)).orElseThrow().store().put(batch(record));
        }
        slow.simulation().runUntil(SECOND);
        slow.crash(at(3));
        SimulatedRing.Host joiner = SimulatedRing.Host.of(6, Identifier.of(27));
        slow.network().cut(joiner.endpoint(), at(5));
        slow.join(joiner, List.of(at(2)));
        boolean owned = false;
        for (int i = 1; i <= 120; i++) {
            slow.simulation().runUntil((i + 1) * SECOND);
            SimulatedProcess taker = slow.process(joiner.endpoint()).orElseThrow();
            owned = taker.first().ownership().answers(KEY);
            assertThat(owned && taker.store().get(KEY).isEmpty())
                    .as("it speaks for a key without the record")
                    .isFalse();
            if (i == 60) {
                assertThat(taker.first().view().successors().head())
                        .map(p -> p.id())
                        .contains(Identifier.of(40));
                assertThat(owned).as("before 50 was heard").isFalse();
                slow.network().heal();
            }
        }
        assertThat(owned).isTrue();
    }

    @Test
    void aLeftoverGoesOnlyWhenEveryHolderHasItsCopy() {
        Record record = SimulatedValue.name(KEY, new Version(1, Identifier.ZERO), 7, false, List.of());
        process(1).store().put(batch(record));
        cut(1, 5); // one of the three holders cannot be reached
        run(60);
        assertThat(process(4).store().get(KEY)).as("the others are supplied").contains(record);
        assertThat(process(1).store().get(KEY))
                .as("kept for the one that lacks it")
                .contains(record);
        ring.network().heal();
        run(60);
        assertThat(process(5).store().get(KEY)).contains(record);
        assertThat(process(1).store().get(KEY)).as("let go").isEmpty();
    }

    @Test
    void nothingIsDurableBeforeTheDiskSaysSo() {
        Simulation simulation = new Simulation(3);
        SimulatedDisk store = new SimulatedDisk(simulation, Delay.fixed(10 * MILLI), "one");
        RecordDisk disk = store.open(Runnable::run);
        List<String> acknowledged = new ArrayList<>();
        for (int i = 1; i <= 20; i++) {
            Record record = SimulatedValue.name(Identifier.of(i), new Version(1, Identifier.ZERO), i, false, List.of());
            disk.persist(batch(record), done -> acknowledged.add("written"));
        }
        simulation.runUntil(9 * MILLI);
        assertThat(acknowledged).isEmpty();
        store.crash();
        simulation.runUntil(20 * MILLI);
        assertThat(acknowledged).as("those who waited are gone").isEmpty();
        int left = store.all().size();
        assertThat(left).as("the last ones may be lost").isBetween(1, 19);
        assertThat(store.all().keySet())
                .as("the first ones are there")
                .containsExactlyElementsOf(
                        IntStream.rangeClosed(1, left).mapToObj(Identifier::of).toList());
    }

    @Test
    void anythingOfALaterEpochIsNewer() {
        Version old = Version.NONE.next(4, Identifier.of(200));
        Version older = old;
        for (int i = 0; i < 1000; i++) {
            old = old.next(4, Identifier.of(200));
        }
        Version fresh = older.next(5, Identifier.of(1));
        assertThat(fresh.newerThan(old)).isTrue();
        assertThat(fresh.epoch()).isEqualTo(5);
        assertThat(fresh.count()).isEqualTo(1);
        assertThat(fresh.next(5, Identifier.of(1)).newerThan(fresh)).isTrue();
        assertThat(old.newerThan(old)).isFalse();
    }
}
