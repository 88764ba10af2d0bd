package dev.chord.node.gateway;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What goes in and out as JSON, for programs: each thing with its fields and their types. A field is written
 * {@code NAME TYPE}; the type may be a thing of this list, and has {@code []} behind it if there are many,
 * {@code ?} if it may be null, {@code ~} if it may be missing.
 */
final class Schemas {
    private static final String PLACE = "#/components/schemas/";
    private static final String PEER = "id id, address string, zone string, ";
    private static final String ENTRY = "name string, content id, size integer, shared boolean, version string";
    private static final String LOCATED =
            "content id, name string?, size integer, chunks integer, arc Arc?, sources Source[]";

    private final Map<String, Object> all = new LinkedHashMap<>();

    private Schemas() {
        put("Problem", "status integer, title string, code string, detail string, hint string, traceId string");
        put("Peer", "id id, address string, zone string");
        put("Arc", "from id, to id, share number");
        put(
                "Coverage",
                "fraction number, complete boolean, missing Arc[], silent string[], asked integer, depth integer");
        files();
        ring();
        node();
        demo();
    }

    private void files() {
        put("NameEntry", ENTRY);
        put("NameList", "files NameEntry[], total integer, next string?, coverage Coverage");
        put("Stored", "name string, content id, size integer, version string, copies integer, wanted integer");
        put(
                "Manifest",
                "content id, name string~, shared boolean~, copies integer~, size integer, sha256 id,"
                        + " chunkSize integer, chunks id[]");
        put("Source", PEER + "kind string, reachable boolean, reason string, bytesPerSecond integer");
        put("Located", LOCATED);
        put("RecordCopy", PEER + "role string, version string, state string");
        put("Holder", PEER + "blocks integer, state string");
        put("Part", "blocks integer, copies integer, tooFew integer, holders Holder[]");
        put("Explanation", LOCATED + ", inPlace boolean, record RecordCopy[], parts Part[]");
        put("Shared", "name string, content id, size integer");
        put("NewShared", "path string, name string~");
        put("NewName", "content id");
        put("NewUpload", "name string, size integer");
        put("Upload", "id string, name string, size integer, received integer");
        put("ListedFile", ENTRY + ", href string");
        put("ListedDirectory", "name string, href string");
        put("Directory", "prefix string, directories ListedDirectory[], files ListedFile[]");
    }

    private void ring() {
        put(
                "RingSummary",
                "name string, up integer, down integer, processes integer, replicas integer, successors integer,"
                        + " bootstrap boolean");
        put(
                "Member",
                PEER + "state string, owns Arc?, position number, process id, successors id[], predecessor id?,"
                        + " trouble string");
        put("Members", "members Member[]");
        put("Finger", PEER + "member id~, finger integer, position number");
        put("Fingers", "fingers Finger[]");
        put("MemberLoad", "id id, names integer");
        put("Load", "members MemberLoad[]");
        put("Health", "healthy boolean, findings string[]");
        put("Owner", "key id, owner Peer?, arc Arc?");
        put("Hop", PEER + "hop integer, via id, left number, reason string, trouble string");
        put("Path", "key id, position number, hops integer, millis number, chain Peer[], route Hop[]");
    }

    private void node() {
        put("Node", PEER + "name string, phase string, members integer, start integer, pid integer");
        put("Neighbours", "member Peer, predecessor Peer?, successors Peer[]");
        put("Successors", "members Neighbours[]");
        put(
                "Storage",
                "blocks integer, blockBytes integer, quotaBytes integer, damagedBlocks integer,"
                        + " reclaimedBlocks integer, records integer, sharedFiles integer, degraded boolean");
        put(
                "Transfer",
                "id integer, kind string, name string, stage string, bytes integer, total integer?, seconds number,"
                        + " bytesPerSecond number");
        put("Transfers", "transfers Transfer[]");
        put(
                "Operation",
                "id integer, kind string, state string, done integer, total integer?, code string~, detail string~,"
                        + " damaged id[]~, checked integer~, copied integer~, dropped integer~, failed integer~");
        put("Operations", "operations Operation[]");
        put("NewOperation", "kind string");
        put("OpenApi", "openapi string");
    }

    private void demo() {
        put("Demo", "nodes integer, cut boolean, cutOff string[], slow object, told string[]");
        put("Delay", "millis integer");
    }

    /** Those that something mentions, and those that they mention, by name, as the document has them. */
    static Map<String, Object> mentioned(Object by) {
        Map<String, Object> all = new Schemas().all;
        Map<String, Object> found = new LinkedHashMap<>();
        boolean more = true;
        while (more) {
            String text = Json.of(List.of(by, found));
            Map<String, Object> next = new LinkedHashMap<>(all);
            next.keySet().removeIf(name -> !text.contains('"' + PLACE + name + '"'));
            more = !next.keySet().equals(found.keySet());
            found = next;
        }
        return found;
    }

    private void put(String name, String fields) {
        Map<String, Object> properties = new LinkedHashMap<>();
        List<String> required = new ArrayList<>();
        for (String field : fields.split(", ")) {
            String[] words = field.split(" ");
            properties.put(words[0], type(words[1].replace("~", "")));
            if (!words[1].endsWith("~")) {
                required.add(words[0]);
            }
        }
        Map<String, Object> schema = new LinkedHashMap<>();
        schema.put("type", "object");
        schema.put("required", required);
        schema.put("properties", properties);
        all.put(name, schema);
    }

    /** A type as it is written here, as the document has it. */
    static Map<String, Object> type(String word) {
        if (word.endsWith("?")) {
            Map<String, Object> type = new LinkedHashMap<>(type(word.substring(0, word.length() - 1)));
            Object reference = type.remove("$ref");
            if (reference != null) {
                type.put("type", "object");
                type.put("allOf", List.of(Map.of("$ref", reference)));
            }
            type.put("nullable", true);
            return type;
        }
        if (word.endsWith("[]")) {
            Map<String, Object> type = new LinkedHashMap<>();
            type.put("type", "array");
            type.put("items", type(word.substring(0, word.length() - 2)));
            return type;
        }
        return switch (word) {
            case "id" -> ordered("type", "string", "pattern", "^[0-9a-f]{64}$");
            case "integer" -> ordered("type", "integer", "format", "int64");
            case "number" -> ordered("type", "number", "format", "double");
            case "string", "boolean", "object" -> Map.of("type", word);
            default -> reference(word);
        };
    }

    private static Map<String, Object> ordered(String key, Object value, String other, Object second) {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put(key, value);
        map.put(other, second);
        return map;
    }

    /** What stands for one of them elsewhere in the document. */
    static Map<String, Object> reference(String name) {
        return Map.of("$ref", PLACE + name);
    }
}
