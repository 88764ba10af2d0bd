package dev.chord.sim.burn;

import dev.chord.core.id.Identifier;
import dev.chord.sim.History;
import dev.chord.sim.SimulatedFiles;
import dev.chord.sim.SimulatedProcess;
import dev.chord.sim.SimulatedRing;
import dev.chord.sim.burn.BurnPlan.Happening;
import dev.chord.sim.client.SimulatedClient;
import dev.chord.sim.client.SimulatedClient.Assignment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** Carries out what a plan says, one happening at a time. */
final class BurnDeeds {
    private static final int SIDES = 64;
    private static final long BLOCK_STEP = 683;

    private final BurnPlan plan;
    private final SimulatedRing ring;
    private final SimulatedClient client;
    private final Consumer<String> trace;
    private final BurnDeaths deaths;
    private final BurnTrouble trouble;
    private final long spacing;
    private long nextValue = 1;
    private final List<SimulatedFiles.Content> contents = new ArrayList<>();
    private long blocks;

    BurnDeeds(BurnPlan plan, SimulatedRing ring, SimulatedClient client, Consumer<String> trace) {
        this.plan = plan;
        this.ring = ring;
        this.client = client;
        this.trace = trace;
        this.deaths = new BurnDeaths(plan, ring, trace);
        this.trouble = new BurnTrouble(ring);
        // even: names have even identifiers, blocks odd ones
        this.spacing = (1L << BurnPlan.CIRCLE.bits()) / (plan.world().names() + 1) & ~1L;
        if (ring.simulation().stream("resends").nextBoolean()) {
            ring.network().resend();
        }
    }

    void form() {
        deaths.form();
    }

    /** Does it, if it can be done without breaking the failure assumption. Returns whether it was done. */
    boolean happen(Happening event) {
        if (event.deed().disturbs()) {
            deaths.changed(); // while the network is bad nothing is repaired
        }
        return switch (event.deed()) {
            case READ, WRITE, DELETE, COMPARE_AND_SET, PUT_BLOCK -> operate(event);
            case CRASH,
                    LOSE_DISK,
                    RESTART,
                    RESTART_ALL,
                    BLACKOUT,
                    CRASH_SEVERAL,
                    JOIN,
                    LEAVE,
                    BROKEN_DISK,
                    DISKS_WELL,
                    BACKUP,
                    ROLL_BACK_DISK,
                    LOSE_DATABASE,
                    CLONE_DISK,
                    END_CLONE -> deaths.happen(event);
            default -> trouble.happen(event);
        };
    }

    /** Ends all faults. */
    void end() {
        trouble.end();
        deaths.end();
    }

    private boolean operate(Happening event) {
        Optional<SimulatedProcess> through = running(ring, event.choice());
        if (through.isEmpty()) {
            return false;
        }
        Identifier point = Identifier.of(
                spacing * (1 + event.choice() / SIDES % plan.world().names()));
        if (event.deed() == Deed.READ) {
            client.read(through.get(), point, o -> trace.accept("  " + o));
        } else if (event.deed() == Deed.PUT_BLOCK) {
            putFile(through.get(), point, event.choice());
        } else {
            client.write(through.get(), kind(event.deed()), new Assignment(point, nextValue++));
        }
        return true;
    }

    // A file of its own, which may share a block with another, or one that is there already, under another
    // name; half of these names nothing else is written to. Now and then one is deleted.
    private void putFile(SimulatedProcess through, Identifier point, long choice) {
        int kind = (int) (choice >> 24 & 7);
        Identifier name = (choice >> 27 & 1) == 0 ? point : Identifier.of(point.lowBits() + 2);
        long value = nextValue++;
        if (kind == 0) {
            client.write(through, History.Kind.DELETE, new Assignment(name, value));
            return;
        }
        SimulatedFiles.Content content = kind < 4 || contents.isEmpty() ? newFile(choice) : oneOf(choice);
        ring.files().stand(value, content);
        ring.files().put(through, content, stored -> {
            trace.accept("  file of " + content + (stored ? " stored" : " not stored"));
            if (stored) {
                client.write(through, History.Kind.WRITE, new Assignment(name, value));
            }
        });
    }

    private SimulatedFiles.Content newFile(long choice) {
        List<Identifier> chunks = new ArrayList<>(List.of(nextBlock()));
        if (!contents.isEmpty()) {
            chunks.add(oneOf(choice).chunks().get(0));
        }
        SimulatedFiles.Content file = new SimulatedFiles.Content(nextBlock(), List.copyOf(chunks));
        contents.add(file);
        return file;
    }

    private SimulatedFiles.Content oneOf(long choice) {
        return contents.get((int) (choice >> 28 & 0xff) % contents.size());
    }

    // Each another one as long as there are any, and all over the circle; between the names, so that the two
    // never meet.
    private Identifier nextBlock() {
        long odd = 1L << BurnPlan.CIRCLE.bits() - 1;
        return Identifier.of(2 * (BLOCK_STEP * blocks++ % odd) + 1);
    }

    private static History.Kind kind(Deed deed) {
        return switch (deed) {
            case DELETE -> History.Kind.DELETE;
            case COMPARE_AND_SET -> History.Kind.COMPARE_AND_SET;
            default -> History.Kind.WRITE;
        };
    }

    /** One of those that run. */
    static Optional<SimulatedProcess> running(SimulatedRing ring, long choice) {
        List<SimulatedProcess> running =
                ring.processes().stream().filter(SimulatedProcess::running).toList();
        return running.isEmpty() ? Optional.empty() : Optional.of(running.get((int) (choice % running.size())));
    }
}
