package dev.chord.sim.burn;

import dev.chord.core.id.Identifier;
import dev.chord.core.records.Record;
import dev.chord.core.ring.Endpoint;
import dev.chord.sim.Delay;
import dev.chord.sim.SimulatedNetwork;
import dev.chord.sim.SimulatedProcess;
import dev.chord.sim.SimulatedRing;
import dev.chord.sim.SimulatedValue;
import dev.chord.sim.Simulation;
import dev.chord.sim.burn.BurnPlan.Happening;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** What happens to a network, to disks, to clocks and to processes that go on afterwards. */
final class BurnTrouble {
    private static final long SECOND = Simulation.SECOND;
    private static final long MINUTE = 60 * SECOND;
    private static final long DAY = 24 * 60 * MINUTE;
    private static final int PLACES = 97; // what is left of a choice after one of so many

    private final SimulatedRing ring;

    BurnTrouble(SimulatedRing ring) {
        this.ring = ring;
    }

    boolean happen(Happening event) {
        return switch (event.deed()) {
            case PAUSE -> one(event).map(this::pause).orElse(false);
            case FREEZE_ALL -> freeze(event);
            case RESUME -> resumeAll();
            case PARTITION -> partition(event);
            case CUT_ONE_WAY -> cutOneWay(event);
            case CUT_PAIRS -> cutPairs(event);
            case HEAL -> heal();
            case HOLD -> one(event).map(this::hold).orElse(false);
            case RELEASE -> release();
            case SLOW_DISK, STALL_DISK, FULL_DISK, UNREADABLE_DISK ->
                one(event).map(process -> disk(process, event)).orElse(false);
            case SET_CLOCK -> clock(event, MINUTE, DAY);
            case SET_CLOCK_FAR -> clock(event, 32 * DAY, 300 * DAY);
            case CORRUPT_ROW, GARBLE_ROW ->
                one(event).map(process -> corrupt(process, event)).orElse(false);
            case GIVE_UP_LIVE -> giveUp(event);
            default -> throw new IllegalArgumentException("no trouble: " + event);
        };
    }

    /** Ends all of it. */
    void end() {
        heal();
        release();
        SimulatedNetwork network = ring.network();
        network.quality(new SimulatedNetwork.Quality(network.quality().delay(), 0, 0));
        resumeAll();
    }

    private Optional<SimulatedProcess> one(Happening event) {
        return BurnDeeds.running(ring, event.choice());
    }

    // ---- processes

    private boolean pause(SimulatedProcess process) {
        ring.pause(process.endpoint());
        return true;
    }

    private boolean freeze(Happening event) {
        boolean sleep = (event.choice() & 1) == 1;
        List<SimulatedProcess> all = List.copyOf(ring.processes());
        all.forEach(p -> {
            if (sleep) {
                ring.sleep(p.endpoint());
            } else {
                ring.pause(p.endpoint());
            }
        });
        return !all.isEmpty();
    }

    private boolean resumeAll() {
        ring.processes().forEach(p -> ring.resume(p.endpoint()));
        return true;
    }

    // As whoever runs the ring may say it to each node, and be wrong.
    private boolean giveUp(Happening event) {
        List<SimulatedProcess> all = List.copyOf(ring.processes());
        int first = (int) (event.choice() % Math.max(1, all.size()));
        Map<Identifier, Long> until = new TreeMap<>();
        long epoch = all.stream().mapToLong(p -> p.records().epoch()).max().orElse(0);
        for (int i = 0; i < Math.min(2, all.size()); i++) {
            until.put(all.get((first + i) % all.size()).first().self().process(), epoch);
        }
        all.forEach(p -> p.run(() -> p.records().giveUp(until, done -> {})));
        return !until.isEmpty();
    }

    // ---- disks and clocks

    private boolean disk(SimulatedProcess process, Happening event) {
        switch (event.deed()) {
            case SLOW_DISK -> process.store().slow(Delay.uniform(0, SECOND / 20 << (event.choice() >> 20) % 8));
            case STALL_DISK -> process.store().stall();
            case FULL_DISK -> process.store().fill();
            default -> process.store().hide();
        }
        return true;
    }

    private boolean clock(Happening event, long least, long most) {
        long by = least + (event.choice() >> 8) * 1009 % (most - least);
        boolean back = (event.choice() >> 7 & 1) == 1;
        Optional<SimulatedProcess> process = one(event);
        process.ifPresent(p -> p.machine().clock().set(back ? -by : by));
        return process.isPresent();
    }

    private boolean corrupt(SimulatedProcess process, Happening event) {
        List<Record> names = process.store().all().values().stream()
                .filter(r -> r.kind() == Record.NAME && !r.deleted())
                .toList();
        if (names.isEmpty()) {
            return false;
        }
        Record record = names.get((int) (event.choice() / PLACES % names.size()));
        process.store()
                .corrupt(
                        event.deed() == Deed.CORRUPT_ROW
                                ? SimulatedValue.corrupted(record)
                                : SimulatedValue.garbled(record, event.choice() >> 16));
        return true;
    }

    // ---- the network

    private boolean heal() {
        ring.network().heal();
        return true;
    }

    private boolean hold(SimulatedProcess process) {
        ring.network().hold(process.endpoint());
        return true;
    }

    private boolean release() {
        ring.network().release();
        return true;
    }

    private boolean partition(Happening event) {
        List<Endpoint> one = new ArrayList<>();
        List<Endpoint> other = new ArrayList<>();
        int bit = 0;
        for (SimulatedProcess process : ring.processes()) {
            ((event.choice() >> bit++ & 1) == 0 ? one : other).add(process.endpoint());
        }
        ring.network().partition(one, other);
        refuseHalfOfTheTime(event);
        return !one.isEmpty() && !other.isEmpty();
    }

    private boolean cutOneWay(Happening event) {
        List<SimulatedProcess> all = new ArrayList<>(ring.processes());
        if (all.isEmpty()) {
            return false;
        }
        SimulatedProcess from = all.get((int) (event.choice() % all.size()));
        SimulatedProcess to = all.get((int) (event.choice() / PLACES % all.size()));
        if (from == to) {
            return false;
        }
        ring.network().cut(from.endpoint(), to.endpoint());
        refuseHalfOfTheTime(event);
        return true;
    }

    // A third of all pairs, in both directions.
    private boolean cutPairs(Happening event) {
        List<SimulatedProcess> all = new ArrayList<>(ring.processes());
        long bits = event.choice() | 1;
        for (int i = 0; i < all.size(); i++) {
            for (int j = i + 1; j < all.size(); j++) {
                bits = bits * 0x5851F42D4C957F2DL + 0x14057B7EF767814FL;
                if ((bits >>> 33) % 3 == 0) {
                    ring.network()
                            .partition(
                                    List.of(all.get(i).endpoint()),
                                    List.of(all.get(j).endpoint()));
                }
            }
        }
        refuseHalfOfTheTime(event);
        return all.size() > 2;
    }

    private void refuseHalfOfTheTime(Happening event) {
        if ((event.choice() >> 39 & 1) == 1) {
            ring.network().refuse();
        }
    }
}
