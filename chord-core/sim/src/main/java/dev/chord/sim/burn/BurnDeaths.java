package dev.chord.sim.burn;

import dev.chord.core.id.Identifier;
import dev.chord.core.ring.Endpoint;
import dev.chord.core.ring.Peer;
import dev.chord.sim.SimulatedProcess;
import dev.chord.sim.SimulatedRing;
import dev.chord.sim.Simulation;
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
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Predicate;

/** Who comes, goes, dies and comes back, and with which disk. */
final class BurnDeaths {
    private static final long BLACKOUT = 2 * Simulation.SECOND;
    private static final int CLONES = 100; // the first number of a place that no other process has

    private final BurnPlan plan;
    private final SimulatedRing ring;
    private final Consumer<String> trace;
    private final List<SimulatedRing.Host> hosts = new ArrayList<>();
    private final Set<Endpoint> dead = new TreeSet<>();
    private final Map<SimulatedProcess, Long> passesBefore = new HashMap<>();
    private final Map<SimulatedProcess, Long> passesBeforeForgetting = new HashMap<>();
    private Optional<SimulatedRing.Host> clone = Optional.empty();
    private int clones;

    BurnDeaths(BurnPlan plan, SimulatedRing ring, Consumer<String> trace) {
        this.plan = plan;
        this.ring = ring;
        this.trace = trace;
        SplittableRandom places = ring.simulation().stream("places");
        Set<Identifier> taken = new HashSet<>();
        for (int i = 0; i < plan.world().hosts(); i++) {
            Identifier[] members = places.ints(0, 1 << BurnPlan.CIRCLE.bits())
                    .mapToObj(Identifier::of)
                    .filter(taken::add)
                    .limit(plan.world().vnodes())
                    .toArray(Identifier[]::new);
            hosts.add(SimulatedRing.Host.of(i, members));
        }
    }

    void form() {
        ring.found(hosts.get(0));
        List<Endpoint> seeds = List.of(hosts.get(0).endpoint());
        hosts.subList(1, plan.world().initial()).forEach(h -> ring.join(h, seeds));
    }

    boolean happen(Happening event) {
        return switch (event.deed()) {
            case CRASH -> crash(victim(event), p -> {});
            case LOSE_DISK -> crash(victim(event), p -> ring.wipe(p.endpoint()));
            case LOSE_DATABASE -> crash(forgetful(event), p -> p.store().loseDatabase());
            case ROLL_BACK_DISK -> crash(forgetful(event), p -> p.machine().rollBack());
            case CRASH_SEVERAL -> crashSeveral(event);
            case BLACKOUT -> blackOut();
            case RESTART -> restart(event);
            case RESTART_ALL -> restartAll();
            case JOIN -> join(event);
            case LEAVE -> leave(event);
            case BROKEN_DISK -> breakDisk(event);
            case DISKS_WELL -> recoverDisks();
            case BACKUP -> backUp();
            case CLONE_DISK -> startClone(event);
            case END_CLONE -> endClone();
            default -> throw new IllegalArgumentException("nobody comes or goes: " + event);
        };
    }

    /** All come back, with disks that are well. */
    void end() {
        endClone();
        recoverDisks();
        restartAll();
    }

    // ---- deaths

    private Optional<SimulatedProcess> victim(Happening event) {
        return BurnDeeds.running(ring, event.choice()).filter(this::mayDie);
    }

    // Everybody runs, and has repaired since the last one forgot; but the network may be as it will.
    private Optional<SimulatedProcess> forgetful(Happening event) {
        Optional<SimulatedProcess> victim = BurnDeeds.running(ring, event.choice())
                .filter(p -> dead.isEmpty() && !isClone(p) && repairedSince(passesBeforeForgetting));
        victim.ifPresent(p -> note(passesBeforeForgetting));
        return victim;
    }

    private boolean crash(Optional<SimulatedProcess> victim, Consumer<SimulatedProcess> toItsDisk) {
        victim.ifPresent(p -> {
            kill(p);
            toItsDisk.accept(p);
        });
        return victim.isPresent();
    }

    private void kill(SimulatedProcess process) {
        Endpoint at = process.endpoint();
        ring.crash(at);
        trace.accept(at + " killed");
        dead.add(at);
        changed();
    }

    // Nobody is left to do without: what must survive is what the disks have.
    private boolean blackOut() {
        boolean whole = dead.isEmpty() && quiet();
        if (whole) {
            endClone();
            List.copyOf(ring.processes()).forEach(this::kill);
            ring.simulation().after(BLACKOUT, this::restartAll);
        }
        return whole;
    }

    // Their disks keep what they have: so it does not matter how many, or when.
    private boolean crashSeveral(Happening event) {
        List<SimulatedProcess> all = new ArrayList<>(ring.processes());
        Predicate<SimulatedProcess> chosen = p -> (event.choice() >> all.indexOf(p) & 1) == 1;
        List<SimulatedProcess> victims =
                all.stream().filter(p -> chosen.test(p) && !isClone(p)).toList();
        boolean some = !victims.isEmpty() && victims.size() < all.size();
        if (some) {
            victims.forEach(this::kill);
        }
        return some;
    }

    // The failure assumption of quorums: r - W = 1 holder of anything away at a time, and repaired before the
    // next one is; for a process that loses its disk as for one that comes back. It does not look at where
    // the copies really are.
    private boolean mayDie(SimulatedProcess victim) {
        List<SimulatedProcess> rest = ring.processes().stream()
                .filter(p -> p != victim && p.running())
                .toList();
        long settled = rest.stream()
                .filter(p -> p.members().stream().allMatch(s -> s.phase().routes()))
                .count();
        return dead.isEmpty() && quiet() && settled >= 2 && keepsLists(rest) && !isClone(victim);
    }

    // Since the last one came or went everybody has brought all it holds to its places, and all speak for
    // their keys.
    private boolean quiet() {
        return repairedSince(passesBefore)
                && ring.processes().stream()
                        .filter(p -> !isClone(p))
                        .allMatch(p -> p.running()
                                && p.store().well()
                                && p.records().upToDate()
                                && p.members().stream()
                                        .allMatch(s -> s.phase().routes()
                                                && s.ownership().settled().isPresent()));
    }

    /** From now on everything has to be repaired anew before anybody else may die. */
    void changed() {
        note(passesBefore);
    }

    private void note(Map<SimulatedProcess, Long> passes) {
        passes.clear();
        ring.processes().forEach(p -> passes.put(p, p.passes()));
    }

    private boolean repairedSince(Map<SimulatedProcess, Long> passes) {
        return ring.processes().stream()
                .filter(p -> !isClone(p))
                .allMatch(p -> p.passes() >= passes.getOrDefault(p, 0L) + 2);
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

    // ---- disks

    // It counts as one that is dead, for it keeps nothing any more.
    private boolean breakDisk(Happening event) {
        Optional<SimulatedProcess> victim = victim(event);
        victim.ifPresent(p -> {
            p.store().fail();
            changed();
        });
        return victim.isPresent();
    }

    private boolean recoverDisks() {
        List<SimulatedProcess> failed =
                ring.processes().stream().filter(p -> p.store().failed()).toList();
        hosts.forEach(host -> ring.machine(host.endpoint()).disk().recover());
        failed.forEach(p -> {
            kill(p);
            revive(p.endpoint());
        });
        return true;
    }

    private boolean backUp() {
        ring.processes().forEach(p -> p.machine().backUp());
        return true;
    }

    private boolean startClone(Happening event) {
        Optional<SimulatedProcess> original =
                BurnDeeds.running(ring, event.choice()).filter(p -> clone.isEmpty());
        original.ifPresent(p -> {
            Identifier[] members = hostAt(p.endpoint()).members().toArray(Identifier[]::new);
            clone = Optional.of(SimulatedRing.Host.of(CLONES + clones++, members));
            ring.copy(p, clone.get());
            trace.accept(p + " copied to " + clone.get().endpoint());
        });
        return original.isPresent();
    }

    private boolean endClone() {
        clone.ifPresent(host -> ring.crash(host.endpoint()));
        boolean there = clone.isPresent();
        clone = Optional.empty();
        return there;
    }

    private boolean isClone(SimulatedProcess process) {
        return clone.filter(host -> host.endpoint().equals(process.endpoint())).isPresent();
    }

    // ---- comings

    private SimulatedRing.Host hostAt(Endpoint at) {
        return hosts.stream().filter(h -> h.endpoint().equals(at)).findFirst().orElseThrow();
    }

    private boolean restart(Happening event) {
        if (dead.isEmpty()) {
            return false;
        }
        List<Endpoint> all = new ArrayList<>(dead);
        revive(all.get((int) (event.choice() % all.size())));
        return true;
    }

    private boolean restartAll() {
        boolean any = !dead.isEmpty();
        List.copyOf(dead).forEach(this::revive);
        return any;
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
        Optional<SimulatedProcess> leaver = BurnDeeds.running(ring, event.choice())
                .filter(p -> ring.processes().size() > 4 && dead.isEmpty() && !isClone(p));
        leaver.filter(p -> quiet()).ifPresent(p -> {
            changed();
            ring.leave(p.endpoint());
        });
        return leaver.isPresent();
    }
}
