package dev.chord.sim.burn;

import dev.chord.core.id.Identifier;
import dev.chord.core.ring.Endpoint;
import dev.chord.core.ring.Peer;
import dev.chord.core.version.Version;
import dev.chord.sim.History;
import dev.chord.sim.SimulatedClient;
import dev.chord.sim.SimulatedClient.Assignment;
import dev.chord.sim.SimulatedProcess;
import dev.chord.sim.SimulatedRing;
import dev.chord.sim.Simulation;
import dev.chord.sim.burn.BurnPlan.Deed;
import dev.chord.sim.burn.BurnPlan.Happening;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;

/** Carries out what a plan says, one happening at a time. */
final class BurnDeeds {
    private static final int NAMES = 12;
    private static final long BLACKOUT = 2 * Simulation.SECOND;
    private static final long NAME_SPACING = 340; // even: names have even identifiers, blocks odd ones

    private final BurnPlan plan;
    private final SimulatedRing ring;
    private final SimulatedClient client;
    private final Consumer<String> trace;
    private final List<SimulatedRing.Host> hosts = new ArrayList<>();
    private final Set<Endpoint> dead = new TreeSet<>();
    private final Map<Long, Identifier> writtenTo = new HashMap<>();
    private long nextValue = 1;
    private final Map<SimulatedProcess, Long> passesBefore = new HashMap<>();

    BurnDeeds(BurnPlan plan, SimulatedRing ring, SimulatedClient client, Consumer<String> trace) {
        this.plan = plan;
        this.ring = ring;
        this.client = client;
        this.trace = trace;
        if (ring.simulation().stream("resends").nextBoolean()) {
            ring.network().resend();
        }
        SplittableRandom places = ring.simulation().stream("places");
        Set<Identifier> taken = new HashSet<>();
        for (int i = 0; i < plan.hosts(); i++) {
            Identifier[] members = places.ints(0, 1 << BurnPlan.CIRCLE.bits())
                    .mapToObj(Identifier::of)
                    .filter(taken::add)
                    .limit(plan.vnodes())
                    .toArray(Identifier[]::new);
            hosts.add(SimulatedRing.Host.of(i, members));
        }
    }

    /** Whether this value was ever written to the key. */
    boolean wrote(Identifier key, long value) {
        return writtenTo.getOrDefault(value, Identifier.ZERO).equals(key);
    }

    void form() {
        ring.found(hosts.get(0));
        List<Endpoint> seeds = List.of(hosts.get(0).endpoint());
        hosts.subList(1, plan.initial()).forEach(h -> ring.join(h, seeds));
    }

    /** Does it, if it can be done without breaking the failure assumption. Returns whether it was done. */
    boolean happen(Happening event) {
        if (event.deed().disturbs() && event.deed() != Deed.BLACKOUT) {
            changed(); // while the network is bad nothing is repaired
        }
        return switch (event.deed()) {
            case READ, WRITE, DELETE, COMPARE_AND_SET, PUT_BLOCK -> operate(event);
            case CRASH -> crash(event, false);
            case LOSE_DISK -> crash(event, true);
            case BLACKOUT -> blackOut();
            case RESTART -> restart(event);
            case JOIN -> join(event);
            case LEAVE -> leave(event);
            case PAUSE -> pick(event).map(this::pause).orElse(false);
            case RESUME -> resumeAll();
            case PARTITION -> partition(event);
            case CUT_ONE_WAY -> cutOneWay(event);
            case HEAL -> {
                ring.network().heal();
                yield true;
            }
            case HOLD -> pick(event).map(this::hold).orElse(false);
            case RELEASE -> {
                ring.network().release();
                yield true;
            }
        };
    }

    private boolean operate(Happening event) {
        Optional<SimulatedProcess> through = pick(event);
        if (through.isEmpty()) {
            return false;
        }
        Identifier point = Identifier.of(NAME_SPACING * (1 + event.choice() / 64 % NAMES));
        if (event.deed() == Deed.READ) {
            client.read(through.get(), point, o -> trace.accept("  " + o));
        } else if (event.deed() == Deed.PUT_BLOCK) {
            // between the names, so that the two never meet
            long place = (nextValue * NAME_SPACING + 1 + nextValue) & ((1L << BurnPlan.CIRCLE.bits()) - 1);
            client.putBlock(through.get(), new Assignment(Identifier.of(place | 1), nextValue++), copies -> {});
        } else {
            writtenTo.put(nextValue, point);
            client.write(through.get(), kind(event.deed()), new Assignment(point, nextValue++));
        }
        return true;
    }

    private static History.Kind kind(Deed deed) {
        return switch (deed) {
            case DELETE -> History.Kind.DELETE;
            case COMPARE_AND_SET -> History.Kind.COMPARE_AND_SET;
            default -> History.Kind.WRITE;
        };
    }

    private Optional<SimulatedProcess> pick(Happening event) {
        List<SimulatedProcess> running =
                ring.processes().stream().filter(SimulatedProcess::running).toList();
        return running.isEmpty() ? Optional.empty() : Optional.of(running.get((int) (event.choice() % running.size())));
    }

    private boolean crash(Happening event, boolean disk) {
        Optional<SimulatedProcess> victim = pick(event).filter(p -> mayDie(List.of(p)));
        victim.ifPresent(p -> kill(p, disk));
        return victim.isPresent();
    }

    private void kill(SimulatedProcess process, boolean disk) {
        Endpoint at = process.endpoint();
        ring.crash(at);
        trace.accept(at + " killed");
        dead.add(at);
        if (disk) {
            ring.wipe(at);
        }
        changed();
    }

    // Nobody is left to do without: what must survive is what the disks have.
    private boolean blackOut() {
        boolean whole = dead.isEmpty() && quiet();
        if (whole) {
            List.copyOf(ring.processes()).forEach(p -> kill(p, false));
            ring.simulation().after(BLACKOUT, this::reviveAll);
        }
        return whole;
    }

    private SimulatedRing.Host hostAt(Endpoint at) {
        return hosts.stream().filter(h -> h.endpoint().equals(at)).findFirst().orElseThrow();
    }

    // The failure assumption of quorums: r - W = 1 holder of anything away at a time, and repaired before the
    // next one is; for a process that loses its disk as for one that comes back. It does not look at where
    // the copies really are.
    private boolean mayDie(List<SimulatedProcess> victims) {
        List<SimulatedProcess> rest = ring.processes().stream()
                .filter(p -> !victims.contains(p) && p.running())
                .toList();
        long settled = rest.stream()
                .filter(p -> p.members().stream().allMatch(s -> s.phase().routes()))
                .count();
        return dead.isEmpty() && quiet() && settled >= 2 && keepsLists(rest);
    }

    // Since the last one came or went everybody has brought all it holds to its places, and all speak for their keys.
    private boolean quiet() {
        return ring.processes().stream()
                .allMatch(p -> p.running()
                        && p.passes() >= passesBefore.getOrDefault(p, 0L) + 2
                        && p.members().stream()
                                .allMatch(s -> s.phase().routes()
                                        && s.ownership().settled().isPresent()));
    }

    private void changed() {
        passesBefore.clear();
        ring.processes().forEach(p -> passesBefore.put(p, p.passes()));
    }

    // Zave's first assumption: no failure leaves a member without a live successor.
    private static boolean keepsLists(List<SimulatedProcess> rest) {
        Set<Peer> live = new HashSet<>();
        rest.forEach(p -> p.members().forEach(s -> live.add(s.self())));
        return rest.stream()
                .flatMap(p -> p.members().stream())
                .filter(s -> s.phase().routes())
                .allMatch(s -> s.view().successors().entries().stream().anyMatch(live::contains));
    }

    static boolean holds(SimulatedProcess process, Identifier key, Version atLeast) {
        return process.store()
                .get(key)
                .filter(r -> !atLeast.newerThan(r.version()))
                .isPresent();
    }

    // The first r processes at and after the key.
    List<SimulatedProcess> holdersOf(Identifier key, List<SimulatedProcess> among) {
        TreeMap<Identifier, SimulatedProcess> byId = new TreeMap<>();
        among.forEach(p -> p.members().stream()
                .filter(s -> s.phase().routes())
                .forEach(s -> byId.put(s.self().id(), p)));
        List<SimulatedProcess> order = new ArrayList<>(byId.tailMap(key, true).values());
        order.addAll(byId.headMap(key, false).values());
        return order.stream()
                .distinct()
                .limit(plan.settings().ring().replicas())
                .toList();
    }

    private boolean restart(Happening event) {
        if (dead.isEmpty()) {
            return false;
        }
        List<Endpoint> all = new ArrayList<>(dead);
        Endpoint at = all.get((int) (event.choice() % all.size()));
        revive(at);
        return true;
    }

    void reviveAll() {
        List.copyOf(dead).forEach(this::revive);
    }

    private void revive(Endpoint at) {
        SimulatedRing.Host host = hostAt(at);
        dead.remove(at);
        changed();
        ring.restart(host, seeds(at));
    }

    private List<Endpoint> seeds(Endpoint except) {
        return hosts.stream()
                .map(SimulatedRing.Host::endpoint)
                .filter(e -> !e.equals(except))
                .toList();
    }

    private boolean join(Happening event) {
        Optional<SimulatedRing.Host> free = hosts.stream()
                .filter(h -> ring.process(h.endpoint()).isEmpty() && !dead.contains(h.endpoint()))
                .findFirst();
        free.ifPresent(host -> {
            List<Endpoint> seeds = new ArrayList<>(seeds(host.endpoint()));
            Collections.rotate(seeds, (int) (event.choice() % seeds.size()));
            ring.join(host, seeds);
        });
        return free.isPresent();
    }

    private boolean leave(Happening event) {
        Optional<SimulatedProcess> leaver =
                pick(event).filter(p -> ring.processes().size() > 4 && dead.isEmpty());
        leaver.filter(p -> quiet()).ifPresent(p -> {
            changed();
            ring.leave(p.endpoint());
        });
        return leaver.isPresent();
    }

    private boolean pause(SimulatedProcess process) {
        ring.pause(process.endpoint());
        return true;
    }

    boolean resumeAll() {
        ring.processes().forEach(p -> ring.resume(p.endpoint()));
        return true;
    }

    private boolean hold(SimulatedProcess process) {
        ring.network().hold(process.endpoint());
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
        SimulatedProcess to = all.get((int) (event.choice() / 97 % all.size()));
        if (from == to) {
            return false;
        }
        ring.network().cut(from.endpoint(), to.endpoint());
        refuseHalfOfTheTime(event);
        return true;
    }

    private void refuseHalfOfTheTime(Happening event) {
        if ((event.choice() >> 39 & 1) == 1) {
            ring.network().refuse();
        }
    }
}
