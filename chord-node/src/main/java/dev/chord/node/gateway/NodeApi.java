package dev.chord.node.gateway;

import dev.chord.core.protocol.NodeState;
import dev.chord.node.ChordNode;
import io.javalin.http.Context;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** This node, from inside. */
final class NodeApi {
    private final ChordNode node;

    NodeApi(ChordNode node) {
        this.node = node;
    }

    List<Route> routes() {
        return List.of(
                Route.get("/api/v1/node", "what this node is and holds", this::info)
                        .gives("Node"),
                Route.get(
                                "/api/v1/node/fingers",
                                "its finger table, a line for each run of equal fingers",
                                this::fingers)
                        .gives("Fingers"),
                Route.get("/api/v1/node/successors", "its predecessor and successor list", this::successors)
                        .gives("Successors"),
                Route.get("/api/v1/node/storage", "what it stores", this::storage)
                        .gives("Storage"));
    }

    private NodeState first() {
        return node.loop().states().get(0);
    }

    private void info(Context context) {
        Map<String, Object> body = new LinkedHashMap<>(Views.peer(node.self()));
        body.put("name", node.config().nodeName());
        body.put("phase", first().phase().toString());
        body.put("members", node.loop().states().size());
        body.put("start", node.self().incarnation());
        body.put("pid", ProcessHandle.current().pid());
        Json.answer(context, body);
    }

    private void fingers(Context context) {
        List<Map<String, Object>> rows = new ArrayList<>();
        for (NodeState state : node.loop().states()) {
            state.view().fingers().runs().forEach((index, peer) -> {
                Map<String, Object> row = new LinkedHashMap<>(Views.peer(peer));
                row.put("member", state.self().id().toHex());
                row.put("finger", index);
                row.put("position", peer.id().fraction());
                rows.add(row);
            });
        }
        Json.answer(context, Map.of("fingers", rows));
    }

    private void successors(Context context) {
        List<Map<String, Object>> rows = new ArrayList<>();
        for (NodeState state : node.loop().states()) {
            Map<String, Object> row = new LinkedHashMap<>();
            row.put("member", Views.peer(state.self()));
            row.put("predecessor", state.view().predecessor().map(Views::peer).orElse(null));
            row.put(
                    "successors",
                    state.view().successors().entries().stream()
                            .map(Views::peer)
                            .toList());
            rows.add(row);
        }
        Json.answer(context, Map.of("members", rows));
    }

    private void storage(Context context) {
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("blocks", node.store().blocks().count());
        body.put("blockBytes", node.store().blocks().totalBytes());
        body.put("quotaBytes", node.store().blocks().quota());
        body.put("damagedBlocks", node.store().blocks().damagedCount());
        body.put("reclaimedBlocks", node.upkeep().blocks().reclaimed());
        body.put("records", node.store().records().count());
        body.put("sharedFiles", node.sharing().all().size());
        body.put("degraded", node.store().degraded());
        Json.answer(context, body);
    }
}
