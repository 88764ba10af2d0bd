package dev.chord.sim;

import dev.chord.core.blocks.BlockDisk;
import dev.chord.core.blocks.BlockHost;
import dev.chord.core.blocks.BlockQuestion;
import dev.chord.core.id.Arc;
import dev.chord.core.id.Identifier;
import dev.chord.core.protocol.Command;
import dev.chord.core.protocol.Event;
import dev.chord.core.protocol.NodeState;
import dev.chord.core.protocol.Outcome;
import dev.chord.core.records.Record;
import dev.chord.core.ring.Peer;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * What a block engine needs, out of a simulated process: its clock, its members, the network, its disk and
 * its names.
 */
final class SimulatedBlockHost implements BlockHost {
    private static final int PAGE = 3;

    private final SimulatedProcess process;
    private final SimulatedBlockDisk disk;

    SimulatedBlockHost(SimulatedProcess process) {
        this.process = process;
        this.disk = process.store().openBlocks(process::run);
    }

    @Override
    public long now() {
        return process.clock();
    }

    @Override
    public void after(long delay, Runnable what) {
        process.after(delay, what);
    }

    @Override
    public List<NodeState> members() {
        return process.members();
    }

    @Override
    public void command(Identifier member, Command command, Consumer<Outcome> then) {
        process.command(member, command, then);
    }

    @Override
    public BlockDisk disk() {
        return disk;
    }

    @Override
    public <A> void ask(Peer peer, BlockQuestion<A> question, long limit, Consumer<Optional<A>> then) {
        ask(process, peer, question, limit, then);
    }

    /** Asks the block engine of another process, as a client does too. */
    static <A> void ask(
            SimulatedProcess from, Peer peer, BlockQuestion<A> question, long limit, Consumer<Optional<A>> then) {
        Call.once(
                from,
                peer.endpoint(),
                new Call.Exchange<A>() {
                    @Override
                    public void serve(SimulatedProcess at, Call<A> call) {
                        call.watch();
                        at.blocks()
                                .serve(
                                        question,
                                        answer -> answer.ifPresentOrElse(
                                                call::answer,
                                                () -> call.decline(
                                                        new Event.Failure("the disk notes nothing", false))));
                    }

                    @Override
                    public void answered(A answer) {
                        then.accept(Optional.of(answer));
                    }

                    @Override
                    public void failed(Event.Failure failure) {
                        then.accept(Optional.empty());
                    }
                },
                limit);
    }

    @Override
    public void names(Arc arc, String after, Consumer<Optional<List<Name>>> then) {
        disk.look(
                () -> process.store().all().values().stream()
                        .filter(r -> arc.contains(r.key()) && r.key().toHex().compareTo(after) > 0)
                        .flatMap(r -> need(r).map(n -> new Name(r.key().toHex(), n)).stream())
                        .limit(PAGE)
                        .toList(),
                then);
    }

    /** What a record says that it needs. */
    Optional<Need> need(Record record) {
        return process.ring().files().need(record);
    }

    @Override
    public void chunks(Identifier content, Consumer<Optional<List<Identifier>>> then) {
        then.accept(process.ring().files().chunks(content));
    }
}
