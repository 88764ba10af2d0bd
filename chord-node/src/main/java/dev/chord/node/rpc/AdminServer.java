package dev.chord.node.rpc;

import dev.chord.client.Progress;
import dev.chord.client.Ring;
import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.client.files.DirectoryWalk;
import dev.chord.client.wire.Await;
import dev.chord.client.wire.RingCodec;
import dev.chord.client.wire.WireCodec;
import dev.chord.core.id.Identifier;
import dev.chord.core.protocol.NodeState;
import dev.chord.core.ring.Endpoint;
import dev.chord.core.ring.RingSettings;
import dev.chord.node.blocks.Departure;
import dev.chord.node.blocks.Repairer;
import dev.chord.node.config.ConfigKey;
import dev.chord.node.config.NodeConfig;
import dev.chord.node.loop.NodeLoop;
import dev.chord.node.share.AtOnce;
import dev.chord.node.share.Sharing;
import dev.chord.node.store.NameConflicts;
import dev.chord.node.store.NodeStore;
import dev.chord.node.store.Notebook;
import dev.chord.node.store.Quarantine;
import dev.chord.node.store.SharedFileStore.SharedFile;
import dev.chord.proto.v1.AdminServiceGrpc;
import dev.chord.proto.v1.DamagedRecord;
import dev.chord.proto.v1.DrainProgress;
import dev.chord.proto.v1.DrainRequest;
import dev.chord.proto.v1.Finger;
import dev.chord.proto.v1.GetStatusReply;
import dev.chord.proto.v1.GetStatusRequest;
import dev.chord.proto.v1.JoinReply;
import dev.chord.proto.v1.JoinRequest;
import dev.chord.proto.v1.LeaveProgress;
import dev.chord.proto.v1.LeaveRequest;
import dev.chord.proto.v1.ListConflictsReply;
import dev.chord.proto.v1.ListConflictsRequest;
import dev.chord.proto.v1.ListDamagedReply;
import dev.chord.proto.v1.ListDamagedRequest;
import dev.chord.proto.v1.ListReceiptsReply;
import dev.chord.proto.v1.ListReceiptsRequest;
import dev.chord.proto.v1.ListSharedReply;
import dev.chord.proto.v1.ListSharedRequest;
import dev.chord.proto.v1.MemberStatus;
import dev.chord.proto.v1.NameConflict;
import dev.chord.proto.v1.RemoveDamagedReply;
import dev.chord.proto.v1.RemoveDamagedRequest;
import dev.chord.proto.v1.RepairReply;
import dev.chord.proto.v1.RepairRequest;
import dev.chord.proto.v1.ScrubReply;
import dev.chord.proto.v1.ScrubRequest;
import dev.chord.proto.v1.SentReceipt;
import dev.chord.proto.v1.ShareProgress;
import dev.chord.proto.v1.ShareRequest;
import dev.chord.proto.v1.UnshareReply;
import dev.chord.proto.v1.UnshareRequest;
import io.grpc.stub.StreamObserver;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** What the command line asks of a node on its own machine. */
public final class AdminServer extends AdminServiceGrpc.AdminServiceImplBase {
    private static final int RECEIPTS = 1_000;
    private static final Duration JOIN_LIMIT = Duration.ofSeconds(30);

    private final NodeConfig config;
    private final NodeLoop loop;
    private final NodeStore store;
    private final Sharing sharing;
    private final Duties node;

    public AdminServer(NodeConfig config, NodeLoop loop, NodeStore store, Sharing sharing, Duties node) {
        this.config = config;
        this.loop = loop;
        this.store = store;
        this.sharing = sharing;
        this.node = node;
    }

    /**
     * What the node as a whole does when its own machine asks. Each returns once it is done, and throws
     * {@link ChordException} if it cannot be.
     */
    public interface Duties {
        /** The version of this build. */
        String version();

        void join(List<Endpoint> seeds, Duration limit);

        /** Hands over and leaves; the process ends soon afterwards. */
        void leave(boolean force, Departure.Watcher watcher);

        /** Reads every block; returns the damaged ones. */
        List<Identifier> scrub();

        Repairer.Round repair();

        Repairer.Round drain(Progress progress);
    }

    @Override
    public void getStatus(GetStatusRequest request, StreamObserver<GetStatusReply> out) {
        Answers.one(out, () -> {
            RingSettings settings = loop.states().get(0).settings();
            GetStatusReply.Builder reply = GetStatusReply.newBuilder()
                    .setNodeName(config.nodeName())
                    .setVersion(node.version())
                    .setRingName(config.text(ConfigKey.RING_NAME))
                    .setReplicas(settings.replicas())
                    .setSuccessors(settings.successors())
                    .setBlocks(store.blocks().count())
                    .setBlockBytes(store.blocks().totalBytes())
                    .setRecords(store.records().count())
                    .setSharedFiles(sharing.all().size())
                    .setDegraded(store.degraded())
                    .setProcessId(ProcessHandle.current().pid())
                    .setDataDir(config.dataDir().toString())
                    .setUptimeMillis(ManagementFactory.getRuntimeMXBean().getUptime());
            loop.states().forEach(s -> reply.addMembers(member(s)));
            return reply.build();
        });
    }

    private static MemberStatus member(NodeState state) {
        MemberStatus.Builder status = MemberStatus.newBuilder()
                .setNeighborhood(RingCodec.out(state.neighborhood()))
                .setEpoch(state.ownership().epoch());
        state.view().fingers().runs().forEach((index, peer) -> {
            Identifier start =
                    state.settings().circle().fingerStart(state.self().id(), index);
            status.addFingers(Finger.newBuilder()
                    .setIndex(index)
                    .setStart(WireCodec.out(start))
                    .setPeer(WireCodec.out(peer)));
        });
        return status.build();
    }

    @Override
    public void join(JoinRequest request, StreamObserver<JoinReply> out) {
        Answers.one(out, () -> {
            List<Endpoint> seeds =
                    request.getSeedsList().stream().map(AdminServer::seed).toList();
            List<String> unresolved = new ArrayList<>();
            if (Ring.resolve(seeds, unresolved).isEmpty()) {
                throw new ChordException(
                        ErrorCode.USAGE, "no seed to join: " + String.join("; ", unresolved), "name one as HOST:PORT");
            }
            node.join(seeds, JOIN_LIMIT);
            return JoinReply.newBuilder()
                    .setSelf(WireCodec.out(loop.states().get(0).self()))
                    .build();
        });
    }

    private static Endpoint seed(String text) {
        try {
            return Endpoint.parse(text);
        } catch (IllegalArgumentException e) {
            throw new ChordException(ErrorCode.USAGE, String.valueOf(e.getMessage()), "write HOST:PORT", e);
        }
    }

    @Override
    public void leave(LeaveRequest request, StreamObserver<LeaveProgress> out) {
        Answers.many(out, sender -> {
            node.leave(
                    request.getForce(),
                    (stage, done, total) -> sender.send(LeaveProgress.newBuilder()
                            .setStage(stage)
                            .setDone(done)
                            .setTotal(total)
                            .build()));
        });
    }

    @Override
    public void share(ShareRequest request, StreamObserver<ShareProgress> out) {
        Answers.many(out, sender -> {
            DirectoryWalk walk = DirectoryWalk.of(sharing.roots().allowed(request.getPath()), request.getName());
            for (DirectoryWalk.LeftOut left : walk.leftOut()) {
                sender.send(ShareProgress.newBuilder()
                        .setName(left.name())
                        .setSkipped(left.why())
                        .setLink(left.link())
                        .build());
            }
            AtOnce.each(
                    walk.files(),
                    AtOnce.MOST,
                    DirectoryWalk.Found::size,
                    file -> shareOne(file, walk.tree()),
                    sender::send);
        });
    }

    // In a tree one bad file does not stop the others; the fault of a single one is the answer.
    private ShareProgress shareOne(DirectoryWalk.Found found, boolean oneOfMany) {
        ShareProgress.Builder line = ShareProgress.newBuilder().setName(found.name());
        try {
            SharedFile file = sharing.share(found.path(), found.name());
            return line.setContent(WireCodec.out(file.content()))
                    .setSize(file.size())
                    .build();
        } catch (ChordException e) {
            if (!oneOfMany) {
                throw e;
            }
            return line.setSkipped(String.valueOf(e.getMessage())).build();
        }
    }

    @Override
    public void unshare(UnshareRequest request, StreamObserver<UnshareReply> out) {
        Answers.one(out, () -> {
            UnshareReply.Builder reply = UnshareReply.newBuilder();
            for (Sharing.Withdrawn withdrawn : sharing.unshare(request.getRef())) {
                reply.addNames(withdrawn.name());
                if (!withdrawn.told()) {
                    reply.addUntold(withdrawn.name());
                }
            }
            return reply.build();
        });
    }

    @Override
    public void listShared(ListSharedRequest request, StreamObserver<ListSharedReply> out) {
        Answers.one(out, () -> {
            ListSharedReply.Builder reply = ListSharedReply.newBuilder();
            sharing.all()
                    .forEach(file -> reply.addFiles(dev.chord.proto.v1.SharedFile.newBuilder()
                            .setName(file.name())
                            .setPath(file.path())
                            .setContent(WireCodec.out(file.content()))
                            .setSize(file.size())
                            .setTrouble(file.trouble())));
            return reply.build();
        });
    }

    @Override
    public void repair(RepairRequest request, StreamObserver<RepairReply> out) {
        Answers.one(out, () -> {
            long damaged = node.scrub().size();
            Repairer.Round round = node.repair();
            return RepairReply.newBuilder()
                    .setChecked(round.checked())
                    .setDamaged(damaged)
                    .setCopied(round.copied())
                    .setDropped(round.dropped())
                    .build();
        });
    }

    @Override
    public void listReceipts(ListReceiptsRequest request, StreamObserver<ListReceiptsReply> out) {
        Answers.one(out, () -> {
            ListReceiptsReply.Builder reply = ListReceiptsReply.newBuilder();
            for (Notebook.Receipt receipt : store.notebook().receipts(RECEIPTS)) {
                reply.addReceipts(SentReceipt.newBuilder()
                        .setTransfer(receipt.transfer())
                        .setContent(WireCodec.out(receipt.content()))
                        .setBytes(receipt.bytes())
                        .setBlocks(receipt.blocks())
                        .setSent(receipt.sent()));
            }
            return reply.build();
        });
    }

    @Override
    public void listConflicts(ListConflictsRequest request, StreamObserver<ListConflictsReply> out) {
        Answers.one(out, () -> {
            ListConflictsReply.Builder reply = ListConflictsReply.newBuilder();
            for (NameConflicts.Conflict conflict : store.records().conflicts().all()) {
                NameConflict.Builder line = NameConflict.newBuilder()
                        .setName(conflict.name())
                        .setLoser(conflict.loser().number())
                        .setWinner(conflict.winner().number())
                        .setNoticedMillis(conflict.noticedMillis());
                conflict.lost().ifPresent(content -> line.setLost(WireCodec.out(content)));
                conflict.kept().ifPresent(content -> line.setKept(WireCodec.out(content)));
                reply.addConflicts(line);
            }
            return reply.build();
        });
    }

    @Override
    public void listDamaged(ListDamagedRequest request, StreamObserver<ListDamagedReply> out) {
        Answers.one(out, () -> {
            ListDamagedReply.Builder reply = ListDamagedReply.newBuilder();
            for (Quarantine.Item item : store.quarantine().all()) {
                reply.addRecords(DamagedRecord.newBuilder()
                        .setKey(item.key())
                        .setKind(item.kind())
                        .setLabel(item.label())
                        .setBytes(item.bytes())
                        .setReason(item.reason()));
            }
            return reply.build();
        });
    }

    @Override
    public void removeDamaged(RemoveDamagedRequest request, StreamObserver<RemoveDamagedReply> out) {
        Answers.one(
                out,
                () -> RemoveDamagedReply.newBuilder()
                        .setRemoved(Await.REAL.of(
                                store.quarantine().remove(request.getWhat()), JOIN_LIMIT, "this node's disk"))
                        .build());
    }

    @Override
    public void scrub(ScrubRequest request, StreamObserver<ScrubReply> out) {
        Answers.one(out, () -> {
            long checked = store.blocks().count();
            ScrubReply.Builder reply = ScrubReply.newBuilder().setChecked(checked);
            node.scrub().forEach(digest -> reply.addDamaged(WireCodec.out(digest)));
            return reply.build();
        });
    }

    @Override
    public void drain(DrainRequest request, StreamObserver<DrainProgress> out) {
        Answers.many(out, sender -> {
            Repairer.Round round = node.drain((done, total) -> sender.send(
                    DrainProgress.newBuilder().setDone(done).setTotal(total).build()));
            sender.send(DrainProgress.newBuilder()
                    .setDone(round.checked())
                    .setTotal(round.checked())
                    .setCopied(round.copied())
                    .setFailed(round.failed())
                    .setFinished(true)
                    .build());
        });
    }
}
