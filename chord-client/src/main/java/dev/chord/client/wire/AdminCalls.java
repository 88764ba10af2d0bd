package dev.chord.client.wire;

import com.google.protobuf.ByteString;
import dev.chord.client.error.ChordException;
import dev.chord.core.id.Identifier;
import dev.chord.core.ring.Endpoint;
import dev.chord.core.ring.Peer;
import dev.chord.proto.v1.AdminServiceGrpc;
import dev.chord.proto.v1.DrainProgress;
import dev.chord.proto.v1.DrainRequest;
import dev.chord.proto.v1.Finger;
import dev.chord.proto.v1.GetStatusReply;
import dev.chord.proto.v1.GetStatusRequest;
import dev.chord.proto.v1.JoinRequest;
import dev.chord.proto.v1.LeaveProgress;
import dev.chord.proto.v1.LeaveRequest;
import dev.chord.proto.v1.ListConflictsRequest;
import dev.chord.proto.v1.ListDamagedRequest;
import dev.chord.proto.v1.ListReceiptsRequest;
import dev.chord.proto.v1.ListSharedRequest;
import dev.chord.proto.v1.RemoveDamagedRequest;
import dev.chord.proto.v1.RepairReply;
import dev.chord.proto.v1.RepairRequest;
import dev.chord.proto.v1.ScrubReply;
import dev.chord.proto.v1.ScrubRequest;
import dev.chord.proto.v1.ShareRequest;
import dev.chord.proto.v1.UnshareReply;
import dev.chord.proto.v1.UnshareRequest;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * What a node does for whoever is on its own machine, as calls. Each waits for its answer, at most as long as
 * it is given, and throws {@link ChordException}: as the node answered, or UNREACHABLE. Thread-safe.
 */
public final class AdminCalls {
    private final PeerChannels channels;
    private final Endpoint node;

    public AdminCalls(PeerChannels channels, Endpoint node) {
        this.channels = channels;
        this.node = node;
    }

    private <T> T call(Duration limit, Function<AdminServiceGrpc.AdminServiceBlockingStub, T> work) {
        try {
            return work.apply(AdminServiceGrpc.newBlockingStub(channels.to(node))
                    .withDeadlineAfter(limit.toNanos(), TimeUnit.NANOSECONDS));
        } catch (StatusRuntimeException | MalformedMessageException e) {
            throw WireErrors.fromStatus(e, node);
        }
    }

    /** What the node is and holds. */
    public NodeStatus status(Duration limit) {
        return call(limit, stub -> in(stub.getStatus(GetStatusRequest.getDefaultInstance())));
    }

    private static NodeStatus in(GetStatusReply status) {
        return new NodeStatus(
                status.getNodeName(),
                status.getRingName(),
                status.getVersion(),
                new NodeStatus.Running(
                        status.getProcessId(), Duration.ofMillis(status.getUptimeMillis()), status.getDataDir()),
                new NodeStatus.Held(
                        status.getBlocks(),
                        status.getBlockBytes(),
                        status.getRecords(),
                        status.getSharedFiles(),
                        status.getDegraded()),
                status.getMembersList().stream()
                        .map(member -> new NodeStatus.Member(
                                RingCodec.in(member.getNeighborhood()),
                                member.getFingersList().stream()
                                        .map(AdminCalls::in)
                                        .toList()))
                        .toList());
    }

    private static NodeStatus.Finger in(Finger finger) {
        return new NodeStatus.Finger(
                finger.getIndex(), WireCodec.in(finger.getStart()), WireCodec.in(finger.getPeer()));
    }

    /** Brings the node, a ring of its own so far, into another one; returns who it is there. */
    public Peer join(List<String> seeds, Duration limit) {
        JoinRequest request = JoinRequest.newBuilder().addAllSeeds(seeds).build();
        return call(limit, stub -> WireCodec.in(stub.join(request).getSelf()));
    }

    /**
     * Lets the node hand over and leave; its process ends.
     *
     * @param force leave even if fewer copies than configured remain
     * @param stages is told each message of the node: a stage, and of how many things
     */
    public void leave(boolean force, Duration limit, Consumer<Stage> stages) {
        LeaveRequest request = LeaveRequest.newBuilder().setForce(force).build();
        call(limit, stub -> {
            stub.leave(request).forEachRemaining(at -> stages.accept(in(at)));
            return true;
        });
    }

    /** How far a departure is. */
    public record Stage(String name, long total) {}

    private static Stage in(LeaveProgress progress) {
        return new Stage(progress.getStage(), progress.getTotal());
    }

    /**
     * Lets the node announce a file or directory of its own file system, in place.
     *
     * @param path absolute
     * @param name on the ring; empty: the file's own
     * @return one line a file
     */
    public List<Announced> share(String path, String name, Duration limit) {
        ShareRequest request =
                ShareRequest.newBuilder().setPath(path).setName(name).build();
        return call(limit, stub -> {
            List<Announced> lines = new ArrayList<>();
            stub.share(request)
                    .forEachRemaining(line -> lines.add(new Announced(
                            line.getName(),
                            content(line.getContent()).orElse(Identifier.ZERO),
                            line.getSize(),
                            line.getSkipped(),
                            line.getLink())));
            return lines;
        });
    }

    /**
     * What became of a file that was to be shared.
     *
     * @param skipped why it was not; empty: it was
     * @param link it is a symbolic link, which is no fault
     */
    public record Announced(String name, Identifier content, long size, String skipped, boolean link) {}

    /** Withdraws files that the node shares. */
    public Withdrawal unshare(String ref, Duration limit) {
        UnshareRequest request = UnshareRequest.newBuilder().setRef(ref).build();
        return call(limit, stub -> {
            UnshareReply reply = stub.unshare(request);
            return new Withdrawal(List.copyOf(reply.getNamesList()), List.copyOf(reply.getUntoldList()));
        });
    }

    /** @param untold of these names: of which the ring hears when it answers again */
    public record Withdrawal(List<String> names, List<String> untold) {}

    /** The files that the node shares. */
    public List<OfferedFile> shared(Duration limit) {
        return call(
                limit,
                stub -> stub.listShared(ListSharedRequest.getDefaultInstance()).getFilesList().stream()
                        .map(f -> new OfferedFile(
                                f.getName(), f.getPath(), WireCodec.in(f.getContent()), f.getSize(), f.getTrouble()))
                        .toList());
    }

    /** @param trouble set when the file changed or vanished since it was shared */
    public record OfferedFile(String name, String path, Identifier content, long size, String trouble) {}

    /** What readers said they got from the node, the latest first. */
    public List<Sent> receipts(Duration limit) {
        return call(
                limit,
                stub -> stub.listReceipts(ListReceiptsRequest.getDefaultInstance()).getReceiptsList().stream()
                        .map(r -> new Sent(
                                r.getTransfer(),
                                WireCodec.in(r.getContent()),
                                r.getBytes(),
                                r.getBlocks(),
                                r.getSent()))
                        .toList());
    }

    /** @param sent bytes by the node's own count */
    public record Sent(String transfer, Identifier content, long bytes, long blocks, long sent) {}

    /** Names that were written on two sides, as the node has noticed; the latest first. */
    public List<TwoSided> conflicts(Duration limit) {
        return call(
                limit,
                stub -> stub.listConflicts(ListConflictsRequest.getDefaultInstance()).getConflictsList().stream()
                        .map(c -> new TwoSided(
                                c.getName(),
                                c.getLoser(),
                                content(c.getLost()),
                                c.getWinner(),
                                content(c.getKept()),
                                Instant.ofEpochMilli(c.getNoticedMillis())))
                        .toList());
    }

    /**
     * A name of which one version stays and another is lost.
     *
     * @param loser its version, for people
     * @param lost what it stood for; empty: it was a deletion
     */
    public record TwoSided(
            String name,
            String loser,
            Optional<Identifier> lost,
            String winner,
            Optional<Identifier> kept,
            Instant noticed) {}

    private static Optional<Identifier> content(ByteString bytes) {
        return bytes.isEmpty() ? Optional.empty() : Optional.of(WireCodec.in(bytes));
    }

    /** Records on the node's disk that no client could have written. */
    public List<Damaged> damaged(Duration limit) {
        return call(
                limit,
                stub -> stub.listDamaged(ListDamagedRequest.getDefaultInstance()).getRecordsList().stream()
                        .map(r -> new Damaged(r.getKey(), r.getKind(), r.getLabel(), r.getBytes(), r.getReason()))
                        .toList());
    }

    /** @param key in hexadecimal digits */
    public record Damaged(String key, int kind, String label, long bytes, String reason) {}

    /** Removes such records for good, by label or key; empty: all. Returns how many. */
    public int removeDamaged(String what, Duration limit) {
        RemoveDamagedRequest request =
                RemoveDamagedRequest.newBuilder().setWhat(what).build();
        return call(limit, stub -> stub.removeDamaged(request).getRemoved());
    }

    /** Lets the node read every block of its disk. */
    public Scrubbed scrub(Duration limit) {
        return call(limit, stub -> {
            ScrubReply reply = stub.scrub(ScrubRequest.getDefaultInstance());
            return new Scrubbed(
                    reply.getChecked(),
                    reply.getDamagedList().stream()
                            .map((ByteString digest) -> WireCodec.in(digest))
                            .toList());
        });
    }

    /** @param damaged the digests of those that were put aside */
    public record Scrubbed(long checked, List<Identifier> damaged) {}

    /** Lets the node bring what it keeps to enough others. */
    public Drained drain(Duration limit) {
        return call(limit, stub -> {
            DrainProgress[] last = {DrainProgress.getDefaultInstance()};
            stub.drain(DrainRequest.getDefaultInstance()).forEachRemaining(at -> last[0] = at);
            return new Drained(last[0].getDone(), last[0].getCopied(), last[0].getFailed(), last[0].getFinished());
        });
    }

    /**
     * @param failed could not be brought to all their places
     * @param finished whether it came to the end
     */
    public record Drained(long checked, long copied, long failed, boolean finished) {}

    /** Lets the node bring every copy to its place now. */
    public Repaired repair(Duration limit) {
        return call(limit, stub -> {
            RepairReply reply = stub.repair(RepairRequest.getDefaultInstance());
            return new Repaired(reply.getChecked(), reply.getDamaged(), reply.getCopied(), reply.getDropped());
        });
    }

    public record Repaired(long checked, long damaged, long copied, long dropped) {}
}
