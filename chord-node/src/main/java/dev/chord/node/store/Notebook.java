package dev.chord.node.store;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.client.wire.MalformedMessageException;
import dev.chord.client.wire.WireCodec;
import dev.chord.core.id.Identifier;
import dev.chord.core.ring.Peer;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a node wants to know again after a restart: whom it met, and which transfers were confirmed to it. */
public final class Notebook {
    private static final Logger log = LoggerFactory.getLogger(Notebook.class);
    private static final int RECEIPTS = 10_000;
    private static final int AT_ONCE = 500;

    static final List<String> SCHEMA = List.of(
            "CREATE TABLE IF NOT EXISTS peers (id BLOB PRIMARY KEY, peer BLOB NOT NULL) WITHOUT ROWID",
            "CREATE TABLE IF NOT EXISTS receipts (number INTEGER PRIMARY KEY AUTOINCREMENT, transfer TEXT NOT NULL,"
                    + " content BLOB NOT NULL, bytes INTEGER NOT NULL, blocks INTEGER NOT NULL, sent INTEGER NOT NULL,"
                    + " digest BLOB NOT NULL)");

    private final Database database;
    private final List<Receipt> waiting = new ArrayList<>();

    public Notebook(Database database) {
        this.database = database;
    }

    /** Replaces the peers to go back to. */
    public void rememberPeers(Collection<Peer> peers) {
        List<Peer> now = List.copyOf(peers);
        tryWrite(
                connection -> {
                    try (PreparedStatement clear = connection.prepareStatement("DELETE FROM peers");
                            PreparedStatement insert =
                                    connection.prepareStatement("INSERT OR REPLACE INTO peers VALUES (?, ?)")) {
                        clear.executeUpdate();
                        for (Peer peer : now) {
                            insert.setBytes(1, peer.id().toBytes());
                            insert.setBytes(2, WireCodec.out(peer).toByteArray());
                            insert.executeUpdate();
                        }
                    }
                    return true;
                },
                "peers");
    }

    public List<Peer> peers() {
        return database.read(connection -> {
            List<Peer> peers = new ArrayList<>();
            try (PreparedStatement query = connection.prepareStatement("SELECT peer FROM peers");
                    ResultSet rows = query.executeQuery()) {
                while (rows.next()) {
                    try {
                        peers.add(WireCodec.in(dev.chord.proto.v1.Peer.parseFrom(rows.getBytes(1))));
                    } catch (InvalidProtocolBufferException | MalformedMessageException e) {
                        log.warn("a remembered peer cannot be read", e);
                    }
                }
            }
            return peers;
        });
    }

    /**
     * A download that a receiver confirmed.
     *
     * @param sent bytes sent by this node's own count
     */
    public record Receipt(String transfer, Identifier content, long bytes, long blocks, long sent, Identifier digest) {}

    /**
     * Notes a confirmed download; old ones make room. It is on disk a second later: a commit for each of many
     * small files would take as much of the disk as the files.
     */
    public void note(Receipt receipt) {
        boolean first;
        boolean many;
        synchronized (waiting) {
            waiting.add(receipt);
            first = waiting.size() == 1;
            many = waiting.size() >= AT_ONCE;
        }
        if (many) {
            flush();
        } else if (first) {
            CompletableFuture.delayedExecutor(1, TimeUnit.SECONDS).execute(this::flush);
        }
    }

    /** The latest receipts, newest first; what is still waiting is written before. */
    public List<Receipt> receipts(int limit) {
        Database.await(flush());
        return database.read(connection -> {
            String sql =
                    "SELECT transfer, content, bytes, blocks, sent, digest FROM receipts ORDER BY number DESC LIMIT ?";
            try (PreparedStatement query = connection.prepareStatement(sql)) {
                query.setInt(1, limit);
                try (ResultSet rows = query.executeQuery()) {
                    List<Receipt> receipts = new ArrayList<>();
                    while (rows.next()) {
                        receipts.add(new Receipt(
                                rows.getString(1),
                                Identifier.ofBytes(rows.getBytes(2)),
                                rows.getLong(3),
                                rows.getLong(4),
                                rows.getLong(5),
                                Identifier.ofBytes(rows.getBytes(6))));
                    }
                    return receipts;
                }
            }
        });
    }

    /** Writes what is still waiting; completes when it is on disk, or cannot be. */
    CompletableFuture<Boolean> flush() {
        List<Receipt> receipts;
        synchronized (waiting) {
            receipts = List.copyOf(waiting);
            waiting.clear();
        }
        if (receipts.isEmpty()) {
            return CompletableFuture.completedFuture(true);
        }
        return tryWrite(connection -> insert(connection, receipts), "receipts");
    }

    // Called by the loop of the ring among others, which must go on whatever becomes of the disk.
    private CompletableFuture<Boolean> tryWrite(Database.Work<Boolean> work, String what) {
        try {
            return database.write(work).exceptionally(e -> lost(what, e));
        } catch (ChordException e) {
            return CompletableFuture.completedFuture(lost(what, e));
        }
    }

    private static boolean lost(String what, Throwable why) {
        if (why instanceof ChordException chord && chord.code() == ErrorCode.UNFINISHED) {
            log.debug("{} not noted: {}", what, why.getMessage()); // closing, or too much else to do
        } else {
            log.warn("{} not noted: {}", what, why.getMessage());
        }
        return false;
    }

    private static boolean insert(Connection connection, List<Receipt> receipts) throws SQLException {
        try (PreparedStatement insert = connection.prepareStatement(
                        "INSERT INTO receipts (transfer, content, bytes, blocks, sent, digest) VALUES (?, ?, ?, ?, ?, ?)");
                PreparedStatement trim = connection.prepareStatement(
                        "DELETE FROM receipts WHERE number <= (SELECT max(number) FROM receipts) - ?")) {
            for (Receipt receipt : receipts) {
                insert.setString(1, receipt.transfer());
                insert.setBytes(2, receipt.content().toBytes());
                insert.setLong(3, receipt.bytes());
                insert.setLong(4, receipt.blocks());
                insert.setLong(5, receipt.sent());
                insert.setBytes(6, receipt.digest().toBytes());
                insert.executeUpdate();
            }
            trim.setInt(1, RECEIPTS);
            trim.executeUpdate();
        }
        return true;
    }
}
